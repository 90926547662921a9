// The changes of one item on their way to the server: in order, each kept on this device until it is there.
import * as kept from "./kept.js";
import { follow, pause, renewToken, send, within } from "./outbox.js";

const newId = () =>
  crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join("");
const PAGE = newId();

// `field` holds the page's token; `on` is told: state(name), saved(body, { isLast, isOld }), conflict(mine, theirs), closed().
export function start({ slot, url, address, base, field, on }) {
  const chain = follow();
  let entries = []; // { record, isKept, isSent }; a sent one may have arrived, so it comes first and stays as it is
  let asking = null; // the entry in conflict: nothing is sent until the learner has chosen
  let trouble = null; // why the last try failed
  let running = null;
  let tries = 0;
  let longestPause;
  let storing = Promise.resolve(); // work on the store, one after the other; sending never waits for it

  const isOwn = (entry) => entry.record.page === PAGE;
  const store = (act) => {
    storing = storing.then(act).catch(() => {});
    return storing;
  };

  function report() {
    const names = entries.every((entry) => entry.isKept)
      ? { unreachable: "kept", "signed-out": "signed-out" }
      : { unreachable: "unsent", "signed-out": "unsent-signed-out" };
    on.state(names[trouble]);
  }
  async function keep(entry) {
    await store(async () => {
      await kept.put(entry.record);
      entry.isKept = true;
    });
    if (trouble && entries.includes(entry)) report();
  }
  function drop(entry) {
    entries = entries.filter((each) => each !== entry);
    store(() => kept.remove(entry.record));
  }
  function setBase(entry) {
    entry.record.change.base = isOwn(entry) ? base : chain.base(entry.record);
  }

  function add(change) {
    const replaced = entries.filter((entry) => isOwn(entry) && !entry.isSent);
    const whole = { base, change_id: newId(), ...change };
    const record = { key: `${slot}:${whole.change_id}`, slot, page: PAGE, url, change: whole };
    const entry = { record, isKept: false, isSent: false };
    entries.push(entry);
    on.state("saving");
    keep(entry);
    replaced.forEach(drop);
    return run();
  }

  // The promise is kept when everything is delivered, or a question to the learner stands in the way.
  function run() {
    running ??= deliver().finally(() => {
      running = null;
    });
    return running;
  }
  async function deliver() {
    await ready;
    while (entries.length && !asking) {
      const entry = entries[0];
      setBase(entry);
      entry.isSent = true;
      const { verdict, body } = await send(entry.record, field.value);
      if (verdict === "saved") saved(entry, body);
      else if (verdict === "conflict") ask(entry, body);
      else if (verdict === "closed" || verdict === "unreadable") refused(entry, verdict);
      else await failed(verdict);
    }
  }

  function saved(entry, body) {
    const isOld = body.version < base; // a change that arrived long ago: what the server holds now is newer
    tries = 0;
    trouble = null;
    base = Math.max(base, body.version);
    chain.saved(entry.record, body.version);
    // The next one now stands on this one, also on this device, before this one goes.
    const next = entries[entries.indexOf(entry) + 1];
    if (next?.record.page === entry.record.page) {
      setBase(next);
      keep(next);
    }
    drop(entry);
    on.saved(body, { isLast: !entries.length, isOld });
  }
  function ask(entry, body) {
    asking = entry;
    base = body.version;
    const newest = entries.filter((each) => each.record.page === entry.record.page).pop();
    on.conflict(newest.record.change, body);
  }
  function refused(entry, verdict) {
    drop(entry);
    if (verdict === "unreadable") on.state("problem");
    else if (!entries.length) on.closed();
  }
  async function failed(verdict) {
    tries += 1;
    if (verdict === "signed-out" && (await renewToken(field, address)) && tries === 1) return;
    trouble = verdict;
    await within(1000, storing); // so that the page does not say "not kept" of what is just being kept
    report();
    await pause(tries, longestPause);
  }

  // What earlier pages kept of this item goes first.
  async function readKept() {
    const records = (await kept.all(`${slot}:`)).filter((record) => record.page !== PAGE);
    entries = [...records.map((record) => ({ record, isKept: true, isSent: true })), ...entries];
  }
  const ready = within(1000, readKept().catch(() => {}));

  return {
    add,
    run,
    // The newest change of earlier pages, unless a newer one was made on this page.
    newestKept: async () => {
      await ready;
      const newest = entries[entries.length - 1];
      return newest && !isOwn(newest) ? newest.record.change : null;
    },
    isBusy: () => entries.length > 0,
    // The learner's answer to on.conflict: a change to go on with, or null for what the server holds.
    choose: (change) => {
      const settled = entries.filter((each) => each.record.page === asking.record.page || (!change && isOwn(each)));
      asking = null;
      if (change) add(change);
      settled.forEach(drop);
      return storing;
    },
    // At zero every second counts.
    hurry: () => {
      longestPause = 2000;
    },
  };
}
