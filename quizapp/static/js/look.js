// How long the page was really looked at: time in the background does not count.
let began = document.hidden ? null : performance.now();
let total = 0;

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    total += began === null ? 0 : performance.now() - began;
    began = null;
  } else {
    began = performance.now();
  }
});

// The milliseconds since the last call.
export function take() {
  const now = performance.now();
  const milliseconds = total + (began === null ? 0 : now - began);
  total = 0;
  if (began !== null) began = now;
  return Math.round(milliseconds);
}
