// [data-dialog="id"] opens the dialog, for a link instead of its page; with hx-get it opens on what has arrived.
// Menus are <details class="menu">: they close on Escape, on a press elsewhere, and when something in them is chosen.

function open(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
  return dialog;
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

// Enter on such a link goes to its page, as does a press with Ctrl or on a phone, where a dialog would fill the screen.
document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest("a[href][hx-get]");
    if (!link) return;
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    const narrow = matchMedia("(max-width: 47.99rem)").matches;
    if (elsewhere || (link.dataset.dialog && (event.detail === 0 || narrow))) event.stopImmediatePropagation();
  },
  true,
);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  closeMenus(opener ? null : event.target.closest("details.menu"));
  if (event.target.matches("dialog[open]")) return outside(event);
  if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (!opener.hasAttribute("hx-get")) open(opener.dataset.dialog);
});

function outside(event) {
  const box = event.target.getBoundingClientRect();
  const inside =
    event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside) event.target.close();
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("htmx:afterSwap", (event) => {
  const opener = event.detail.requestConfig?.elt;
  if (opener?.matches?.("[data-dialog]")) open(opener.dataset.dialog);
});

// A server that is done with a dialog says so: HX-Trigger: {"dialog:close": "id"}.
document.addEventListener("dialog:close", (event) => document.getElementById(event.detail.value)?.close());
