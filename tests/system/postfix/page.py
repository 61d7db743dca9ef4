"""page.py - the page in Chromium, by ChromeDriver and the WebDriver protocol"""
import base64
import json
import re
import shutil
import subprocess
import urllib.request

from account import until

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--window-size=1280,900"]


class Page:
	def __init__(self, profile):
		self.driver = subprocess.Popen([shutil.which("chromedriver"),
		    "--port=0"], stdout=subprocess.PIPE, text=True)
		for line in self.driver.stdout:
			port = re.search(r"on port ([1-9]\d*)", line)
			if port:
				break
		self.base = "http://127.0.0.1:%s/session" % port[1]
		options = {"args": ARGUMENTS + ["--user-data-dir=" + profile],
		    "binary": shutil.which("chromium")}
		session = self.drive("", {"capabilities": {"alwaysMatch": {
		    "browserName": "chrome", "goog:chromeOptions": options}}})
		self.base += "/" + session["sessionId"]

	def drive(self, path, body):
		request = urllib.request.Request(self.base + path,
		    json.dumps(body).encode(),
		    {"Content-Type": "application/json"})
		with urllib.request.urlopen(request, timeout=40) as answer:
			return json.load(answer)["value"]

	def visit(self, address):
		self.drive("/url", {"url": address})

	def script(self, text):
		return self.drive("/execute/sync", {"script": text, "args": []})

	def tiles(self):
		return {name: int(value.replace(",", "")) for name, value in
		    self.script("return Object.fromEntries(['received', 'sent', "
		    "'deferred', 'bounced', 'rejected', 'relay_attempts'].map("
		    "(name) => [name, document.getElementById('tile-' + name)"
		    "?.textContent ?? '']))").items()
		    if value.replace(",", "").isdigit()}

	def live(self):
		return {name: self.number("document.getElementById('live-%s')"
		    ".textContent" % name) for name in ("in", "out", "rejected")}

	def number(self, what):
		text = self.script("return " + what).replace(",", "")
		return int(text) if text.isdigit() else text

	def renew(self):
		"""As after a click on the span that is shown."""
		self.script("delete document.body.dataset.ready; "
		    "dispatchEvent(new PopStateEvent('popstate'))")
		self.ready("1h")

	def table(self, name):
		"""Rows of cells; a cell's title has the number behind '1.2 MB'."""
		return self.script("return Array.from(document.querySelectorAll("
		    "'#%s-table tbody tr'), (row) => Array.from(row.cells, (cell) => "
		    "(cell.tagName === 'TD' && cell.title || cell.textContent)"
		    ".replaceAll(',', '')))" % name)

	def ready(self, span):
		until("the page for " + span, lambda: self.script(
		    "return document.body.dataset.ready") == span)

	def picture(self, path):
		self.drive("/goog/cdp/execute", {"cmd":
		    "Emulation.setDeviceMetricsOverride", "params": {
		    "width": 1280, "height": 900, "deviceScaleFactor": 1,
		    "mobile": False}})
		height = self.script(
		    "return document.documentElement.scrollHeight")
		shot = self.drive("/goog/cdp/execute", {"cmd":
		    "Page.captureScreenshot", "params": {"format": "png",
		    "captureBeyondViewport": True, "clip": {"x": 0, "y": 0,
		    "width": 1280, "height": height, "scale": 1}}})
		with open(path, "wb") as file:
			file.write(base64.b64decode(shot["data"]))

	def close(self):
		self.driver.terminate()
		self.driver.wait()
