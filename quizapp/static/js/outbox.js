// Sends changes, and the ones that an earlier page of the attempt had to keep.
import * as kept from "./kept.js";

export const LONGEST_WAIT = 15000;

export function post(record, token) {
  return fetch(record.url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
    body: JSON.stringify(record.change),
    signal: AbortSignal.timeout(LONGEST_WAIT),
  });
}

// Sends what is kept under "person:attempt:", but for the key `except`. Gives how many were sent, and the records
// that are still kept: offline, signed out, or changed elsewhere too.
export async function sendKept(prefix, token, except = null) {
  const left = [];
  let sent = 0;
  for (const record of await kept.all(prefix)) {
    if (record.key === except) continue;
    const response = await post(record, token).catch(() => null);
    if (response && (response.status === 200 || response.status === 410)) {
      await kept.remove(record.key);
      sent += 1;
    } else {
      left.push(record);
    }
  }
  return { sent, left };
}
