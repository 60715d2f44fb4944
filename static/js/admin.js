// Names for the fields that Select2 puts in the place of a <select>: it gives them none that assistive technology reads.

const nameFields = () => {
  for (const container of document.querySelectorAll(".select2-container")) {
    const select = container.previousElementSibling;
    const selection = container.querySelector(".select2-selection");
    if (!select || !selection || selection.dataset.named) continue;
    const name = nameOf(select);
    selection.dataset.named = "yes";
    selection.removeAttribute("aria-labelledby");
    selection.setAttribute("aria-label", `${name}: ${select.selectedOptions[0]?.text || "nothing chosen"}`);
    select.addEventListener("change", () => delete selection.dataset.named);
  }
  for (const field of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
    const select = field.closest(".select2-container")?.previousElementSibling;
    field.setAttribute("aria-label", select?.matches("select") ? `Search ${nameOf(select)}` : "Search");
  }
  // Within a field these are no list.
  for (const part of document.querySelectorAll(".select2-selection__rendered, .select2-selection__rendered > li")) {
    if (part.matches("ul, li")) part.setAttribute("role", "none");
  }
};

// The field's label, or in a table the head of its column.
const nameOf = (select) => {
  const label = document.querySelector(`label[for="${select.id}"]`);
  const cell = select.closest("td");
  const head = cell?.closest("table").querySelectorAll("thead th")[cell.cellIndex - 1];
  return (label || head)?.textContent.trim().replace(/:$/, "") || select.name;
};

window.addEventListener("load", () => {
  nameFields();
  new MutationObserver(nameFields).observe(document.body, { childList: true, subtree: true });
});
