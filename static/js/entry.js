// The entry page, beside htmx: what was typed outlives a lost session and a lost connection, in this browser.

(() => {
  const form = () => document.getElementById("entry");
  const name = () => `entry-${form().dataset.revision}`;
  const show = (id, visible) => {
    const note = document.getElementById(id);
    if (note) note.hidden = !visible;
  };
  const typed = () =>
    [...new FormData(form())].filter(([field]) => !field.startsWith("_") && field !== "csrfmiddlewaretoken");

  const keepHere = () => localStorage.setItem(name(), JSON.stringify(typed()));
  const forget = () => localStorage.removeItem(name());

  const putBack = () => {
    const kept = new Map();
    for (const [field, value] of JSON.parse(localStorage.getItem(name()) || "[]")) {
      kept.set(field, [...(kept.get(field) || []), value]);
    }
    for (const [field, values] of kept) {
      const fields = form().querySelectorAll(`[name="${CSS.escape(field)}"]`);
      fields.forEach((input, index) => {
        if (input.type === "checkbox") input.checked = values.includes(input.value);
        else if (index < values.length) input.value = values[index];
      });
    }
    show("typed-here", false);
    form().dispatchEvent(new Event("input", { bubbles: true }));
  };

  const offer = () => {
    const kept = form() && localStorage.getItem(name());
    if (!kept) return;
    if (kept === JSON.stringify(typed())) forget();
    else show("typed-here", true);
  };

  document.addEventListener("input", (event) => {
    if (form() && form().contains(event.target)) keepHere();
  });
  document.addEventListener("click", (event) => {
    if (event.target.matches("[data-put-back]")) putBack();
    if (event.target.matches("[data-throw-away]")) {
      forget();
      show("typed-here", false);
    }
  });

  // Whoever signs in again in another window has another token.
  document.addEventListener("htmx:configRequest", (event) => {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    if (cookie && event.detail.verb !== "get") event.detail.parameters.csrfmiddlewaretoken = cookie[1];
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.requestConfig.verb === "get") return;
    show("signed-out", [401, 403].includes(event.detail.xhr.status));
    show("not-saved", !event.detail.successful && ![401, 403].includes(event.detail.xhr.status));
    if (event.detail.successful && event.detail.xhr.status !== 204) forget();
  });
  document.addEventListener("DOMContentLoaded", offer);
  if (document.readyState !== "loading") offer();
})();
