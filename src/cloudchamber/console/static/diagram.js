// The architecture as a drawing: boxes are resources, dashed lines what hands work to what, coloured ones calls that were
// seen. What is called at this moment lights up.

import { count, html, kindOf, useCalls, useEffect, useMemo, useRef, useState } from './lib.js'
import { drawing, kindGlyph } from './glyphs.js'
import { Graph, layout } from './vendor/dagre.js'

const HEIGHT = 50, MARGIN = 14, LIT_MS = 900, NARROW_PX = 720
const GLYPH = 30 // the field at a box's left that has its drawing
const cut = (text, width) => { const most = Math.floor((width - GLYPH - 14) / 7.1); return text.length > most ? text.slice(0, most - 1) + '…' : text }
export const labelOf = node => node.logical_id || node.name

// One line for a pair, whether it is only meant to be used or was.
export function merged(edges) {
  const lines = new Map()
  for (const edge of edges) {
    const key = `${edge.from} ${edge.to}`
    const line = lines.get(key) || { from: edge.from, to: edge.to, kind: 'link', calls: 0, errors: 0 }
    if (edge.kind === 'traffic') line.kind = 'traffic'
    line.calls += edge.calls
    line.errors += edge.errors
    lines.set(key, line)
  }
  return [...lines.values()]
}

// On a phone from left to right or from top to bottom, whichever is less wide.
function placed(nodes, lines, isNarrow) {
  const across = drawn(nodes, lines, 'LR', isNarrow ? { width: 148, ranksep: 44 } : { width: 186, ranksep: 74 })
  if (!isNarrow) return across
  const down = drawn(nodes, lines, 'TB', { width: 148, ranksep: 44 })
  return down.view.width < across.view.width ? down : across
}

function drawn(nodes, lines, rankdir, { width, ranksep }) {
  const graph = new Graph()
  graph.setGraph({ rankdir, nodesep: 16, ranksep })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const node of nodes) graph.setNode(node.arn, { width, height: HEIGHT })
  for (const line of lines) graph.setEdge(line.from, line.to)
  layout(graph)
  const boxes = new Map(nodes.map(node => [node.arn, graph.node(node.arn)]))
  const paths = new Map(lines.map(line => [line, graph.edge(line.from, line.to).points]))
  return { width, boxes, paths, view: extent(boxes, paths, width) }
}

// All that is drawn: bends may lie outside of the boxes.
function extent(boxes, paths, width) {
  const xs = [], ys = []
  for (const { x, y } of boxes.values()) { xs.push(x - width / 2, x + width / 2); ys.push(y - HEIGHT / 2, y + HEIGHT / 2) }
  for (const points of paths.values()) for (const { x, y } of points) { xs.push(x); ys.push(y) }
  const [left, top] = [Math.min(...xs) - MARGIN, Math.min(...ys) - MARGIN]
  return { left, top, width: Math.max(...xs) + MARGIN - left, height: Math.max(...ys) + MARGIN - top }
}

function curve(points) {
  const at = ({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`
  const middle = (a, b) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
  let path = `M${at(points[0])}`
  for (let n = 1; n < points.length - 1; n++) {
    const to = n === points.length - 2 ? points[n + 1] : middle(points[n], points[n + 1])
    path += ` Q${at(points[n])} ${at(to)}`
  }
  return points.length > 2 ? path : `${path} L${at(points[points.length - 1])}`
}

// Which boxes and lines were used just now.
function useLight(nodes, lines) {
  const [lit, set] = useState(new Map())
  useCalls(call => {
    const box = boxOf(nodes, call.resource)
    if (!box) return
    const who = call.principal.split(/[:/]/).pop()
    const line = lines.find(one => one.to === box && boxOf(nodes, call.source) === one.from)
      || lines.find(one => one.to === box && one.from.split(/[:/]/).pop() === who)
      || lines.find(one => one.to === box && one.from.startsWith('who:'))
    const since = Date.now()
    set(old => new Map([...old].filter(([, at]) => since - at < LIT_MS).concat([[box, since]], line ? [[line.from + line.to, since]] : [])))
    setTimeout(() => set(old => new Map(old)), LIT_MS + 30)
  })
  return key => Date.now() - (lit.get(key) || 0) < LIT_MS
}

function boxOf(nodes, arn) {
  if (!arn || arn === '*') return null
  const api = arn.includes(':execute-api:') && arn.split(':')[5].split('/')[0]
  const fits = node => api ? node.arn.endsWith(`apis/${api}`) : arn === node.arn || (arn.startsWith(node.arn) && '/:'.includes(arn[node.arn.length]))
  return nodes.find(fits)?.arn
}

function useWidth() {
  const place = useRef(null)
  const [width, set] = useState(0)
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => set(entry.contentRect.width))
    watch.observe(place.current)
    return () => watch.disconnect()
  }, [])
  return [place, width]
}

const Tips = () => html`<defs>${['link', 'traffic', 'bad'].map(kind => html`
  <marker id=${`tip-${kind}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto-start-reverse">
    <path class="tip ${kind}" d="M0 0 8 4 0 8z" /></marker>`)}</defs>`

function Line({ line, points, isLit, isDim }) {
  const kind = line.errors ? 'bad' : line.kind
  const { x, y } = points[Math.floor(points.length / 2)]
  return html`<g>
    <path class="edge ${line.kind} ${line.errors ? 'bad' : ''} ${isLit ? 'now' : ''} ${isDim ? 'dim' : ''}" d=${curve(points)} marker-end=${`url(#tip-${kind})`}>
      <title>${line.from.split(/[:/]/).pop()} → ${line.to.split(/[:/]/).pop()}: ${line.calls} calls, ${line.errors} errors</title></path>
    ${line.calls > 0 && !isDim && html`<text class="many" x=${x} y=${y - 3} text-anchor="middle">${count(line.calls)}</text>`}</g>`
}

function Badge({ x, y, text, isBad, title }) {
  const width = 10 + String(text).length * 6.5
  return html`<g class="badge ${isBad ? 'bad' : ''}" transform=${`translate(${x - width},${y})`}><title>${title}</title>
    <rect width=${width} height="16" rx="8" /><text x=${width / 2} y="12" text-anchor="middle">${text}</text></g>`
}

function Box({ node, at, width, isLit, isChosen, isDim, onPick }) {
  const [name, family] = kindGlyph(node.type)
  const pick = event => { event.preventDefault(); onPick(node.arn) }
  const [left, top] = [at.x - width / 2, at.y - HEIGHT / 2]
  const said = `${labelOf(node)}, ${node.type === 'person' ? 'caller' : kindOf(node.type)}, ${node.calls} calls, ${node.errors} errors`
  return html`<a class="box ${isLit ? 'hot' : ''} ${isChosen ? 'chosen' : ''} ${isDim ? 'dim' : ''}" href="#" onClick=${pick} aria-label=${said}
      transform=${`translate(${left},${top})`}><title>${node.name}</title>
    <rect class="body" width=${width} height=${HEIGHT} rx="9" />
    <path class="glyph" d=${drawing(name)} transform=${`translate(9,${HEIGHT / 2 - 9}) scale(1.15)`} style=${{ color: `var(--${family})` }} />
    <text x=${GLYPH + 6} y="21">${cut(labelOf(node), width)}</text>
    <text class="kind" x=${GLYPH + 6} y="37">${node.type === 'person' ? 'caller' : kindOf(node.type)}${node.calls ? ` · ${count(node.calls)}` : ''}</text>
    ${node.depth > 0 && html`<${Badge} x=${width - 6} y=${-7} text=${count(node.depth)} title="${node.depth} waiting or running" />`}
    ${node.errors > 0 && html`<${Badge} x=${width - 6} y=${HEIGHT - 9} text="${count(node.errors)} ✕" isBad title="${node.errors} errors" />`}
  </a>`
}

export function Diagram({ nodes, edges, chosen, onPick }) {
  const [place, available] = useWidth()
  const lines = useMemo(() => merged(edges), [edges])
  const isNarrow = available > 0 && available < NARROW_PX
  const shape = nodes.map(node => node.arn).join() + lines.map(line => line.from + line.to).join() + isNarrow
  const { width, boxes, paths, view } = useMemo(() => placed(nodes, lines, isNarrow), [shape])
  const routes = new Map([...paths].map(([line, points]) => [line.from + line.to, points]))
  const isLit = useLight(nodes, lines)
  const near = new Set(lines.flatMap(line => line.from === chosen ? [line.to] : line.to === chosen ? [line.from] : []).concat(chosen))
  const scale = available ? Math.min(1, Math.max(isNarrow ? .62 : .55, (available - 2) / view.width)) : 1
  return html`<div class="stage" ref=${place}>
    ${available > 0 && html`<svg width=${view.width * scale} height=${view.height * scale} viewBox=${`${view.left} ${view.top} ${view.width} ${view.height}`}
        role="group" aria-label="Architecture: ${nodes.length} resources"><${Tips} />
      ${lines.map(line => html`<${Line} key=${line.from + line.to} line=${line} points=${routes.get(line.from + line.to)}
        isLit=${isLit(line.from + line.to)} isDim=${chosen && line.from !== chosen && line.to !== chosen} />`)}
      ${nodes.map(node => html`<${Box} key=${node.arn} node=${node} at=${boxes.get(node.arn)} width=${width} onPick=${onPick}
        isLit=${isLit(node.arn)} isChosen=${node.arn === chosen} isDim=${chosen && !near.has(node.arn)} />`)}</svg>`}</div>`
}
