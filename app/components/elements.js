// What the scripts of this folder share: elements built from data, never from markup.

function element(name, properties = {}, content = []) {
  const { aria = {}, ...plain } = properties
  const made = Object.assign(document.createElement(name), plain)
  for (const [key, value] of Object.entries(aria)) made.setAttribute(`aria-${key}`, value)
  made.append(...[content].flat())
  return made
}

const STROKES = {
  more: "M12 5v14M5 12h14",
  less: "M5 12h14",
  alone: "M11 17a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM20 20l-4.7-4.7",
  cross: "M6 6l12 12M18 6L6 18",
}

function icon(name) {
  const space = "http://www.w3.org/2000/svg"
  const drawing = document.createElementNS(space, "svg")
  drawing.setAttribute("viewBox", "0 0 24 24")
  drawing.setAttribute("aria-hidden", "true")
  const stroke = document.createElementNS(space, "path")
  stroke.setAttribute("d", STROKES[name])
  drawing.append(stroke)
  return drawing
}

function iconButton(name, label, act) {
  const made = element("button", { type: "button", title: label, aria: { label } }, [icon(name)])
  made.addEventListener("click", act)
  return made
}

function clock(seconds) {
  const whole = Math.floor(seconds)
  const two = (number) => String(number).padStart(2, "0")
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}
