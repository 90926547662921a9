// What goes to the server and what comes back: changes, kept ones of earlier pages, and handing in.
import * as kept from "./kept.js";

const LONGEST_ANSWER = 15000;
const LONGEST_WAIT = 15000;

export const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));
export const within = (time, work) => Promise.race([work, wait(time)]);

// Waits before try number `tries`: longer each time and never quite as long as others do, but no longer than until
// the network is back or the learner is.
export function pause(tries, longest = LONGEST_WAIT) {
  const time = Math.min(longest, 500 * 2 ** Math.min(tries, 10)) * (0.5 + Math.random() / 2);
  return new Promise((resolve) => {
    const done = () => {
      removeEventListener("online", done);
      removeEventListener("focus", done);
      clearTimeout(timeout);
      resolve();
    };
    const timeout = setTimeout(done, time);
    addEventListener("online", done);
    addEventListener("focus", done);
  });
}

// Asks, and reads the whole answer, in bounded time. AbortSignal.timeout would do, where browsers have it.
async function ask(address, options, read) {
  const controller = new AbortController();
  const timeout = setTimeout(() => controller.abort(), LONGEST_ANSWER);
  try {
    return await read(await fetch(address, { ...options, signal: controller.signal }));
  } finally {
    clearTimeout(timeout);
  }
}

// What became of a change: "saved", "conflict", "closed" or "unreadable" only when our server says so in its own
// words, "signed-out", and "unreachable" for everything else: no network, a portal, a proxy, a fault.
export async function send(record, token) {
  const options = {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
    body: JSON.stringify(record.change),
  };
  try {
    return await ask(record.url, options, async (response) => {
      const body = await response.json();
      return { verdict: verdict(response.status, body), body };
    });
  } catch {
    return { verdict: "unreachable" };
  }
}

function verdict(status, body) {
  const code = body?.error?.code;
  if (status === 200 && Number.isInteger(body?.version) && ["saved", "late"].includes(body.outcome)) return "saved";
  if (status === 409 && body?.outcome === "conflict") return "conflict";
  if (status === 410 && body?.outcome === "closed") return "closed";
  if (status === 422 && code === "unreadable") return "unreadable";
  if ((status === 401 && code === "sign_in") || (status === 400 && code === "stale_form")) return "signed-out";
  return "unreachable";
}

// After signing in again in another tab a page's token is out of date: put a new one from `address` into its field.
export async function renewToken(field, address) {
  const options = { headers: { "X-Quizapp-Background": "1" }, redirect: "manual" };
  try {
    const text = await ask(address, options, (response) =>
      [200, 410].includes(response.status) ? response.text() : "",
    );
    const page = new DOMParser().parseFromString(text, "text/html");
    const found = page.querySelector("main input[name=csrf_token]")?.value;
    if (!found || found === field.value) return false;
    field.value = found;
    return true;
  } catch {
    return false;
  }
}

// Changes made on one page follow each other, so each stands on the version that the one before it got. One from
// another page or tab keeps its own base: if that is out of date, the learner is asked.
export function follow() {
  const versions = {};
  const name = (record) => `${record.slot} ${record.page}`;
  return {
    base: (record) => Math.max(record.change.base, versions[name(record)] ?? 0),
    saved: (record, version) => {
      versions[name(record)] = version;
    },
  };
}

// Sends what is kept under "person:attempt:", but for the item at `except`. Gives how many were settled, and the
// records that are still kept with the reason: unreachable, signed out, or changed elsewhere too.
export async function sendKept(prefix, token, except = null) {
  const chain = follow();
  const left = [];
  let sent = 0;
  for (const record of await kept.all(prefix)) {
    if (record.slot === except) continue;
    const before = left.find((each) => each.verdict !== "conflict" || each.record.slot === record.slot);
    if (before) {
      left.push({ record, verdict: before.verdict });
      continue;
    }
    record.change.base = chain.base(record);
    const { verdict, body } = await send(record, token);
    if (verdict === "saved") chain.saved(record, body.version);
    if (["saved", "closed", "unreadable"].includes(verdict)) {
      await kept.remove(record);
      sent += 1;
    } else {
      left.push({ record, verdict });
    }
  }
  return { sent, left };
}

// Hands in, again and again until the server has it, and only then leaves, for the results: at zero a page must
// never leave for an address that it cannot reach. `first` is done before each try.
export async function handIn(address, field, { first, leave }) {
  for (let tries = 1; ; tries += 1) {
    await first();
    const body = new URLSearchParams({ csrf_token: field.value });
    // The server answers with a redirect to the results: anything else is not its word that it has the exam.
    const results = await ask(address, { method: "POST", body }, async (response) => {
      await response.text();
      return response.ok && new URL(response.url).pathname.endsWith("/results") ? response.url : null;
    }).catch(() => null);
    if (results) {
      leave(results);
      return;
    }
    await renewToken(field, location.href);
    await pause(tries, 5000);
  }
}
