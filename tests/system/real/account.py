"""account.py - the daemon's account, as its API and its metrics tell it"""
import json
import re
import time
import urllib.request

PATIENCE = 20  # seconds until a number that must come has not


def until(what, claim, instead=lambda: []):
	"""Waits for claim(); if it never comes true, tells what is instead."""
	end = time.monotonic() + PATIENCE
	while not claim():
		if time.monotonic() > end:
			raise SystemExit("\n".join(["not within %d s: %s" %
			    (PATIENCE, what)] + [str(x) for x in instead()]))
		time.sleep(0.02)


class Account:
	def __init__(self, data):
		until("the daemon's address", lambda: self.find(data))

	def find(self, data):
		try:
			with open(data + "/web.address") as file:
				self.base = file.read().strip()
			with open(data + "/web.token") as file:
				self.token = file.read().strip()
			self.get("/healthz")
		except OSError:
			return False
		return True

	def get(self, path):
		request = urllib.request.Request(self.base + path, headers={
		    "Authorization": "Bearer " + self.token})
		with urllib.request.urlopen(request, timeout=10) as answer:
			return answer.read().decode()

	def api(self, path):
		return json.loads(self.get("/api/v1/" + path))

	def figures(self):
		"""Every figure that is not 0, by one flat name."""
		flat = {}
		overview = self.api("overview?range=1h")
		for name, tile in overview["tiles"].items():
			if name != "queued":  # no count: as it is now
				flat["tile " + name] = tile["value"]
		flat["unrecognised"] = overview["coverage"]["unrecognised"]
		for row in self.api("mailers")["mailers"]:
			for column, value in row.items():
				if column != "mailer":
					flat["mailer %s %s" % (row["mailer"],
					    column)] = value
		rejects = self.api("rejects")
		for kind in ("total", "temporary", "permanent"):
			flat["rejects " + kind] = rejects[kind]
		for row in rejects["reasons"]:
			flat["rejects " + row["reason"]] = row["count"]
		for row in self.api("clients?limit=100")["clients"]:
			for column, value in row.items():
				if column not in ("address", "last"):
					flat["client %s %s" % (row["address"],
					    column)] = value
		for row in self.api("accounts?limit=100")["accounts"]:
			for column in ("received", "recipients"):
				flat["account %s %s" % (row["account"],
				    column)] = row[column]
		flat.update(self.metrics())
		return {name: value for name, value in flat.items() if value}

	def metrics(self):
		flat = {}
		for line in self.get("/metrics").splitlines():
			match = re.match(r"mailweir_((?:messages|relay|auth|"
			    r"sessions|probes)_\w+?)_total\{[^}]*\} (\d+)$",
			    line)
			if match:
				name = match[1].replace("_", " ", 1)
				flat[name] = flat.get(name, 0) + int(match[2])
		return flat


def differences(expected, counted):
	names = sorted(set(expected) | set(counted))
	return ["%-42s expected %6s, counted %6s" % (name,
	    expected.get(name, 0), counted.get(name, 0)) for name in names
	    if expected.get(name, 0) != counted.get(name, 0)]
