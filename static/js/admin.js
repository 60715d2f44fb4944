// Names for fields that have none which assistive technology reads: what Select2 puts in the place of a <select>, and
// the cells of tables that are typed into.

const nameFields = () => {
  for (const field of document.querySelectorAll(".tabular td :is(input, select, textarea)")) {
    const name = headOf(field);
    if (name && !field.labels?.length && !field.hasAttribute("aria-label")) field.setAttribute("aria-label", name);
  }
  for (const container of document.querySelectorAll(".select2-container")) {
    const select = container.previousElementSibling;
    const selection = container.querySelector(".select2-selection");
    if (!selection || !select?.matches("select")) continue;
    const chosen = [...select.selectedOptions].map((option) => option.text).join(", ");
    set(selection, "aria-label", `${nameOf(select)}: ${chosen || "nothing chosen"}`);
    selection.removeAttribute("aria-labelledby");
  }
  for (const field of document.querySelectorAll(".select2-search__field")) {
    const select = field.closest(".select2-container")?.previousElementSibling;
    set(field, "aria-label", select?.matches("select") ? `Search ${nameOf(select)}` : "Search");
  }
  // Within a field these are neither lists nor fields.
  for (const part of document.querySelectorAll(".select2-selection__rendered, .select2-selection__rendered > li")) {
    set(part, "role", "none");
    part.removeAttribute("aria-readonly");
  }
};

const set = (element, name, value) => {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
};

const nameOf = (field) => field.labels?.[0]?.textContent.trim().replace(/:$/, "") || headOf(field) || field.name;

// The head of the column in which a field stands, for Django gives both the field's name.
const headOf = (field) => {
  const cell = field.closest("td");
  if (cell?.matches(".delete")) return "Delete";
  const name = cell && [...cell.classList].find((one) => one.startsWith("field-"))?.slice("field-".length);
  return name && cell.closest("table").querySelector(`thead th.column-${name}`)?.textContent.trim();
};

window.addEventListener("load", () => {
  nameFields();
  new MutationObserver(nameFields).observe(document.body, { childList: true, subtree: true });
});
