// form[data-auto] sends itself when a choice changes; form[data-once] is not sent twice by a second press;
// form[data-whole] is sent with its empty answers; [data-print] prints the page; [data-copy] copies the field of
// that id.

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-auto]") && !event.target.matches("[type=search], [type=text]")) form.requestSubmit();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[method=get]:not([data-whole])")) leaveOutEmpty(form);
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) event.preventDefault();
  else form.dataset.sent = "yes";
});

// Addresses stay short: empty filters are not named in them.
function leaveOutEmpty(form) {
  for (const control of form.elements) {
    if (control.name && control.value === "" && !control.disabled) {
      control.disabled = true;
      setTimeout(() => (control.disabled = false));
    }
  }
}

document.addEventListener("htmx:configRequest", (event) => {
  const { verb, formData, elt } = event.detail;
  if (verb !== "get" || elt.matches("[data-whole]")) return;
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.querySelector("span").textContent = button.dataset.copied;
  } catch {
    field.focus(); // it stands selected: Ctrl-C does the rest
  }
});
