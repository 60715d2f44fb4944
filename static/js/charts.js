// A chart answers the pointer: the same document that the page shows is drawn again by Vega in the browser, the first
// time that somebody turns to it. Whoever does not, loads none of it.
const READY = "ready";

async function bringToLife(place) {
  if (place.dataset.state) return;
  place.dataset.state = "loading";
  const still = place.querySelector("svg");
  try {
    const [{ draw }, answer] = await Promise.all([import(place.dataset.script), fetch(place.dataset.chart)]);
    const stage = document.createElement("div");
    await draw(stage, await answer.json(), {
      actions: false,
      ast: true,
      defaultStyle: false,
      renderer: "svg",
      tooltip: { disableDefaultStyle: true },
    });
    const drawn = stage.querySelector("svg");
    // One image, whose figures stand in a table: what Vega says of each mark would only be in the way.
    for (const mark of drawn.querySelectorAll("*")) {
      for (const { name } of [...mark.attributes]) {
        if (name === "role" || name.startsWith("aria-")) mark.removeAttribute(name);
      }
    }
    drawn.setAttribute("role", "img");
    drawn.setAttribute("aria-label", still.getAttribute("aria-label"));
    still.replaceWith(stage);
    place.dataset.state = READY;
  } catch (error) {
    // What was drawn for the page stays.
    place.dataset.state = "still";
  }
}

for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, (event) => {
    const place = event.target.closest("[data-chart]");
    if (place) bringToLife(place);
  });
}
