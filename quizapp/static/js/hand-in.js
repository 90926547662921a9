// Every form that hands in (the review page, a closed exam, home): what is kept on this device is sent first.
// On the review page the clock runs, too, and at zero what is saved is handed in.
import * as clock from "./clock.js";
import * as poll from "./poll.js";
import { guard } from "./unsent.js";

const form = document.getElementById("hand-in");
const unsent = guard(form);
const element = document.querySelector("#clock[data-left]");
const over = () => unsent.over(form.action, Number(element.dataset.grace));
const timer = element
  ? clock.start(element, document.getElementById("clock-said"), form.dataset.key.split(":")[1], over)
  : null;
if (form.dataset.time) {
  const ignore = () => {};
  const time = (body) => {
    if (unsent.isLeaving()) return;
    if (body.paused) location.reload(); // for the page of the break
    else if (body.left !== null) timer?.set(body.left);
  };
  const closed = () => unsent.isLeaving() || location.reload();
  poll.start(form.dataset.time, { time, closed, reached: ignore, lost: ignore });
}
