// The search from anywhere: arrows choose among what was found while the focus stays in the field, Enter opens it.

const field = document.getElementById("palette-query");
const found = document.getElementById("palette-found");
const options = () => [...found.querySelectorAll("[role=option]")];
const chosen = () => found.querySelector("[aria-selected=true]");

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
}

function step(by) {
  const all = options();
  const place = all.indexOf(chosen());
  choose(all[place < 0 && by < 0 ? all.length - 1 : (place + by + all.length) % all.length]);
}

field?.addEventListener("focus", () => {
  field.select();
  if (!found.childElementCount) htmx.trigger(field, "palette:open");
});

field?.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && chosen() && found.dataset.query === field.value) {
    event.preventDefault();
    chosen().click();
  }
});

found?.addEventListener("htmx:afterSwap", (event) => {
  found.dataset.query = event.detail.requestConfig?.parameters?.q ?? field.value;
  field.setAttribute("aria-expanded", String(options().length > 0));
  choose(field.value.trim() ? options()[0] : null);
});
