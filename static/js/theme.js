// Loaded in the head as a classic script, so that the page is never drawn in the wrong theme.
{
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const system = () => (dark.matches ? "dark" : "light");

  const chosen = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage is switched off: the system decides
    }
  };

  const show = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
  };

  root.dataset.scripts = "";
  show(chosen());

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const next = (root.dataset.theme ?? system()) === "dark" ? "light" : "dark";
    const kept = next === system() ? null : next; // the system's own choice needs no keeping
    try {
      if (kept) localStorage.setItem("theme", kept);
      else localStorage.removeItem("theme");
    } catch {
      // the choice lasts for this page
    }
    show(kept);
  });

  addEventListener("storage", (event) => event.key === "theme" && show(event.newValue));
}
