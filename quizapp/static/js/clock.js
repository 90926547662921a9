// Counts down from the seconds that the server sent; the server decides, this only shows.
const ANNOUNCED = [600, 300];

export function start(element, said, onZero) {
  const time = element.querySelector("time");
  const toggle = document.getElementById("clock-toggle");
  let isHidden = "hidden" in element.dataset;
  let endsAt = performance.now() + Number(element.dataset.left) * 1000;
  let last = Infinity;
  let isOver = false;

  function left() {
    return Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
  }
  function words(seconds) {
    if (seconds >= 600) return element.dataset.minutes.replace("{n}", Math.floor(seconds / 60));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
  function tick() {
    const seconds = left();
    time.hidden = isHidden;
    const text = seconds ? words(seconds) : element.dataset.over;
    if (time.textContent !== text) time.textContent = text;
    for (const mark of ANNOUNCED) {
      if (last > mark && seconds <= mark && seconds > mark - 60 && last !== Infinity) {
        said.textContent = element.dataset.announce.replace("{n}", mark / 60);
      }
    }
    last = seconds;
    if (seconds === 0 && !isOver) {
      isOver = true;
      onZero();
    }
  }
  if (toggle) {
    const label = () => {
      toggle.textContent = isHidden ? element.dataset.show : element.dataset.hide;
    };
    toggle.hidden = false;
    label();
    toggle.addEventListener("click", () => {
      isHidden = !isHidden;
      label();
      tick();
    });
  }
  tick();
  setInterval(tick, 1000);
  return {
    // What the server says now counts: a break or added time moves the end.
    set(seconds) {
      endsAt = performance.now() + seconds * 1000;
      isOver = false;
      tick();
    },
  };
}
