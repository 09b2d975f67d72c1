// Messages go by themselves after a while unless they are errors, hold something that [data-stays], the pointer is on
// them or they have the focus. One that holds [data-only] takes the place of such a one before it.

const STAY = 6000;
const region = document.getElementById("toasts");

function passing(toast) {
  if (toast.querySelector("[data-stays]")) return;
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, STAY) : toast.remove());
  setTimeout(leave, STAY);
}

// One decision after the other: the last alone is told.
function alone(toast) {
  for (const other of region.querySelectorAll(".toast:has([data-only])")) {
    if (other !== toast) other.remove();
  }
}

function say(text) {
  const toast = region.querySelector("template").content.firstElementChild.cloneNode(true);
  toast.querySelector("p").textContent = text;
  for (const other of region.querySelectorAll(".toast")) {
    if (other.textContent === toast.textContent) other.remove();
  }
  region.append(toast);
}

function reason(status) {
  if (status === 429) return region.dataset.busy;
  return status >= 500 ? region.dataset.failed : region.dataset.refused;
}

if (region) {
  region.querySelectorAll("[data-passing]").forEach(passing);
  new MutationObserver((changes) => {
    for (const node of changes.flatMap((change) => [...change.addedNodes])) {
      if (node.querySelector?.("[data-only]")) alone(node);
      if (node.matches?.("[data-passing]")) passing(node);
    }
  }).observe(region, { childList: true });

  region.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast").remove());

  // What went wrong in a part of the page; a whole page tells it by its own error page.
  document.addEventListener("htmx:sendError", () => say(region.dataset.offline));
  document.addEventListener("htmx:timeout", () => say(region.dataset.offline));
  document.addEventListener("htmx:responseError", (event) => say(reason(event.detail.xhr.status)));
}
