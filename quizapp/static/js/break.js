// The page that offers a break: taking it or not closes items, so what is kept on this device is sent first. The
// clock of the exam still runs, and at zero what is saved is handed in.
import * as clock from "./clock.js";
import * as poll from "./poll.js";
import { guard } from "./unsent.js";

const form = document.getElementById("break");
const unsent = guard(form);
const element = document.querySelector("#clock[data-left]");
const over = () => unsent.over(form.dataset.handIn, Number(element.dataset.grace));
const timer = element
  ? clock.start(element, document.getElementById("clock-said"), form.dataset.key.split(":")[1], over)
  : null;
const ignore = () => {};
const time = (body) => {
  if (unsent.isLeaving()) return;
  if (body.paused || body.through >= Number(form.dataset.after)) location.reload(); // another tab has decided
  else if (body.left !== null) timer?.set(body.left);
};
const closed = () => unsent.isLeaving() || location.reload();
poll.start(form.dataset.time, { time, closed, reached: ignore, lost: ignore });
