// reasons.js - why mail is refused: six groups, each a colour, each reason a
// shade of its group's
//
// A reason keeps its shade whatever else is shown.

import { colour } from "./words.js";

export const reasonGroups = [
	{ key: "g-relay", title: "Relay denied", reasons: ["relay_denied"] },
	{ key: "g-unknown", title: "Unknown address",
	  reasons: ["unknown_recipient", "unknown_sender"] },
	{ key: "g-client", title: "Client refused",
	  reasons: ["dnsbl", "no_reverse_dns", "bad_helo", "access_denied",
		    "auth_required"] },
	{ key: "g-later", title: "Try later",
	  reasons: ["greylisted", "rate_limited", "unavailable"] },
	{ key: "g-content", title: "Spam, content",
	  reasons: ["spam", "virus", "content", "attachment", "too_large"] },
	{ key: "g-policy", title: "Policy, protocol",
	  reasons: ["policy", "protocol", "too_many_recipients", "other"] },
];

// In the order in which they are stacked: a group's stand together.
export const reasons = reasonGroups.flatMap((group) => group.reasons);

export const reasonTitle = (reason) => reason.replaceAll("_", " ");

const channels = (hex) => [1, 3, 5].map((at) =>
    parseInt(hex.slice(at, at + 2), 16));

export function reasonColour(reason)
{
	const group = reasonGroups.find((one) => one.reasons.includes(reason))
	    ?? reasonGroups.at(-1);
	const part = 1 - 0.2 * Math.max(0, group.reasons.indexOf(reason));
	const ground = channels(colour("card"));

	return `rgb(${channels(colour(group.key)).map((value, i) =>
	    Math.round(value * part + ground[i] * (1 - part)))})`;
}
