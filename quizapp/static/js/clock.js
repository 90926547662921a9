// Counts down from the seconds that the server sent; the server decides, this only shows.
const ANNOUNCED = [600, 300];
const ADDED = 30; // seconds more than expected: somebody added time

// What this tab remembers about an attempt's clock from page to page.
function memory(attempt) {
  const key = `clock:${attempt}`;
  let values = {};
  try {
    values = JSON.parse(sessionStorage.getItem(key)) ?? {};
  } catch {
    // Storage is forbidden: each page begins anew.
  }
  return {
    values,
    set(name, value) {
      values[name] = value;
      try {
        sessionStorage.setItem(key, JSON.stringify(values));
      } catch {
        // As above.
      }
    },
  };
}

export function start(element, said, attempt, onZero) {
  const time = element.querySelector("time");
  const toggle = document.getElementById("clock-toggle");
  const remembered = memory(attempt);
  let isHidden = remembered.values.isHidden ?? "hidden" in element.dataset;
  let endsAt = performance.now() + Number(element.dataset.left) * 1000;
  let isOver = false;

  function left() {
    return Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
  }
  function words(seconds) {
    if (seconds >= 600) return element.dataset.minutes.replace("{n}", Math.floor(seconds / 60));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
  function show(seconds) {
    time.hidden = isHidden;
    const text = seconds ? words(seconds) : element.dataset.over;
    if (time.textContent !== text) time.textContent = text;
  }
  // Each mark once in an attempt, though a page may just be loading; again where added time made it come again.
  function announce(seconds) {
    for (const mark of ANNOUNCED) {
      const isDue = seconds <= mark && seconds > mark - 60;
      if (isDue && !remembered.values[mark]) said.textContent = element.dataset.announce.replace("{n}", mark / 60);
      if (isDue !== Boolean(remembered.values[mark]) && (isDue || seconds > mark)) remembered.set(mark, isDue);
    }
  }
  function tick() {
    const seconds = left();
    show(seconds);
    if (seconds === 0 && !isOver) {
      isOver = true;
      onZero();
    }
    return seconds;
  }

  const label = () => {
    toggle.textContent = isHidden ? element.dataset.show : element.dataset.hide;
  };
  toggle.hidden = false;
  label();
  toggle.addEventListener("click", () => {
    isHidden = !isHidden;
    remembered.set("isHidden", isHidden);
    label();
    tick();
  });
  show(left());
  // Not at once: what is there when a page is read first is no news to a screen reader.
  setInterval(() => announce(tick()), 1000);
  return {
    // What the server says now counts: a break or added time moves the end.
    set(seconds) {
      if (Math.abs(seconds - left()) <= 1 && !isOver) return; // rounded, and some time on its way
      if (seconds > left() + ADDED) said.textContent = element.dataset.added.replace("{n}", Math.floor(seconds / 60));
      endsAt = performance.now() + seconds * 1000;
      isOver = false;
      tick();
    },
  };
}
