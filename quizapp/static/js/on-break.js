// A break that runs: a quiet countdown that can be hidden. At its end the page only says so.
import * as clock from "./clock.js";
import * as poll from "./poll.js";

const page = document.getElementById("on-break");
const heading = document.getElementById("break-heading");
const element = document.getElementById("clock");
const said = document.getElementById("clock-said");
let isOver = false;

function over() {
  isOver = true;
  element.hidden = true;
  heading.textContent = heading.dataset.over;
  said.textContent = heading.dataset.over;
}

element.hidden = false;
clock.start(element, said, page.dataset.key, over);
const ignore = () => {};
poll.start(page.dataset.time, {
  // The countdown may be late, or another tab has gone on.
  time: (body) => isOver || body.paused || over(),
  closed: () => location.reload(),
  reached: ignore,
  lost: ignore,
});
