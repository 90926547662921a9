// Adds a "Show password" button after each password field; without this script the form works the same.
for (const form of document.querySelectorAll("form[data-show]")) {
  for (const input of form.querySelectorAll("input[type=password]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    const show = (visible) => {
      input.type = visible ? "text" : "password";
      button.textContent = visible ? form.dataset.hide : form.dataset.show;
    };
    button.setAttribute("aria-controls", input.id);
    button.addEventListener("click", () => show(input.type === "password"));
    // A browser offers to remember only what was sent from a password field.
    form.addEventListener("submit", () => show(false));
    show(false);
    input.after(button);
  }
}
