// Asks the server every few seconds how much time is left: staff may have added some, another device may have
// handed in. It also tells whether the server can be reached. Asking is no activity of the person.
const EVERY = 4000;
const LONGEST_ANSWER = 3500;
const PATIENCE = 5000; // without an answer: then the page says so, once

// `on` is told: time(body), closed(), reached(), lost().
export function start(address, on) {
  let answeredAt = performance.now();
  let isLost = false;
  let timer = null;

  async function ask() {
    const controller = new AbortController();
    const timeout = setTimeout(() => controller.abort(), LONGEST_ANSWER);
    try {
      const options = { headers: { "X-Quizapp-Background": "1", Accept: "application/json" }, redirect: "manual" };
      const response = await fetch(address, { ...options, signal: controller.signal });
      const body = response.ok ? await response.json() : null;
      if (body && typeof body.closed !== "boolean") throw new TypeError("not our server's words");
      answeredAt = performance.now();
      if (isLost) on.reached();
      isLost = false;
      if (body?.closed) on.closed();
      else if (body) on.time(body);
    } catch {
      if (!isLost && performance.now() - answeredAt > PATIENCE) {
        isLost = true;
        on.lost();
      }
    } finally {
      clearTimeout(timeout);
    }
  }
  function begin() {
    clearInterval(timer);
    if (document.hidden) return;
    answeredAt = performance.now();
    ask();
    timer = setInterval(ask, EVERY);
  }
  timer = setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", begin);
}
