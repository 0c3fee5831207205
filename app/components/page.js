// One page or picture, large: zoom by buttons, by + and - and 0, by Ctrl and the wheel; boxes lie
// over it in percent, so that they stay on their words at every zoom.

const STEPS = [1, 1.5, 2, 3, 4]

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".root")
  const sheet = sheetElement(data)
  const stage = element("div", { className: "stage", tabIndex: 0 }, [sheet])
  stage.setAttribute("role", "region")
  stage.setAttribute("aria-label", `${data.alt}. Plus and minus zoom, arrows scroll.`)
  stage.classList.toggle("whole", data.whole)
  const zoom = zoomOf(stage, sheet)
  root.replaceChildren(toolbar(zoom, data.boxes.length, sheet, data.boxed), stage)
  zoom.to(0)
  stage.focus({ preventScroll: true })
  return keepFirstBoxInView(stage, sheet)
}

function sheetElement(data) {
  const image = element("img", { src: data.picture, alt: data.alt, draggable: false })
  const sheet = element("div", { className: "sheet" }, [image])
  sheet.style.aspectRatio = `${data.width} / ${data.height}`
  sheet.style.setProperty("--ratio", data.width / data.height)
  sheet.append(...data.boxes.map(boxElement))
  return sheet
}

function boxElement(box) {
  const made = element("span", { className: "box", title: box.text })
  for (const side of ["left", "top", "width", "height"]) made.style[side] = `${box[side]}%`
  return made
}

function zoomOf(stage, sheet) {
  const zoom = { step: 0, changed: () => {} }
  zoom.to = (step) => {
    const { x, y } = focusOf(stage, sheet)
    zoom.step = Math.min(Math.max(step, 0), STEPS.length - 1)
    sheet.style.setProperty("--zoom", STEPS[zoom.step])
    stage.scrollLeft = sheet.offsetLeft + x * sheet.offsetWidth - stage.clientWidth / 2
    stage.scrollTop = sheet.offsetTop + y * sheet.offsetHeight - stage.clientHeight / 2
    zoom.changed()
  }
  const keys = { "+": 1, "=": 1, "-": -1 }
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey) return
    // Sideways arrows turn the page, but scroll while the page is wider than its stage.
    if (event.key.startsWith("Arrow") && sheet.offsetWidth > stage.clientWidth) {
      event.stopPropagation()
    } else if (event.key in keys) zoom.to(zoom.step + keys[event.key])
    else if (event.key === "0") zoom.to(0)
  })
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return
    event.preventDefault()
    zoom.to(zoom.step - Math.sign(event.deltaY))
  }, { passive: false })
  return zoom
}

// What zooming keeps in the middle, in fractions of the sheet: a box in view, else the middle.
function focusOf(stage, sheet) {
  const seen = stage.getBoundingClientRect()
  const all = sheet.getBoundingClientRect()
  const middles = [...sheet.querySelectorAll(".box"), stage].map((each) => {
    const { left, right, top, bottom } = each.getBoundingClientRect()
    return { x: (left + right) / 2, y: (top + bottom) / 2 }
  })
  const { x, y } = middles.find(({ y }) => y >= seen.top && y <= seen.bottom)
  return { x: (x - all.left) / (all.width || 1), y: (y - all.top) / (all.height || 1) }
}

function toolbar(zoom, boxes, sheet, boxed) {
  const shown = element("output", { className: "level" })
  const out = button("Zoom out", "−", () => zoom.to(zoom.step - 1))
  const into = button("Zoom in", "+", () => zoom.to(zoom.step + 1))
  zoom.changed = () => {
    shown.textContent = `${STEPS[zoom.step] * 100} %`
    out.disabled = zoom.step === 0
    into.disabled = zoom.step === STEPS.length - 1
  }
  const bar = element("div", { className: "bar" }, [out, shown, into])
  if (boxes) bar.append(marksSwitch(boxes, sheet, boxed))
  return bar
}

function marksSwitch(boxes, sheet, boxed) {
  const tick = element("input", { type: "checkbox", checked: true })
  tick.addEventListener("change", () => sheet.classList.toggle("bare", !tick.checked))
  const label = ` Mark ${boxes} ${boxes === 1 ? boxed[0] : boxed[1]}`
  return element("label", { className: "marks" }, [tick, label])
}

// The stage gets its size after this script runs, and again when the window changes: follow it
// until the reader takes over.
function keepFirstBoxInView(stage, sheet) {
  const first = sheet.querySelector(".box")
  if (!first) return () => {}
  const observer = new ResizeObserver(() => {
    stage.scrollTop = first.offsetTop - stage.clientHeight / 3
  })
  observer.observe(stage)
  for (const taken of ["wheel", "pointerdown", "keydown"]) {
    stage.parentElement.addEventListener(taken, () => observer.disconnect(), { once: true })
  }
  return () => observer.disconnect()
}

function button(name, sign, act) {
  return element("button", { type: "button", title: name, onclick: act, aria: { label: name } }, sign)
}
