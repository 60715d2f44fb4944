// What pages do with a script, beside htmx: nothing that they need.

// An address that is refused, or gone, says so on a page of its own.
document.addEventListener("htmx:responseError", (event) => {
  window.location.assign(event.detail.pathInfo.finalRequestPath);
});
