// The architecture as a drawing: boxes are resources, dashed lines what hands work to what, coloured ones calls that
// were seen. What is called at this moment lights up.

import { count, html, kindOf, useCalls, useEffect, useMemo, useRef, useState } from './lib.js'
import { drawing, kindGlyph } from './glyphs.js'
import { Graph, layout } from './vendor/dagre.js'

const HEIGHT = 50, MARGIN = 14, LIT_MS = 900, NARROW_PX = 720
const GLYPH = 30 // the field at a box's left that has its drawing
const LETTER = 7.1 // the width of one, about

export const labelOf = node => node.logical_id || node.name
const kindIn = node => node.type === 'person' ? 'caller' : kindOf(node.type)
const idOf = line => line.from + line.to
const lastOf = arn => arn.split(/[:/]/).pop()

// A label as far as a box of that width has room for it.
function cut(text, width) {
  const most = Math.floor((width - GLYPH - 14) / LETTER)
  return text.length > most ? text.slice(0, most - 1) + '…' : text
}

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
  for (const { x, y } of boxes.values()) {
    xs.push(x - width / 2, x + width / 2)
    ys.push(y - HEIGHT / 2, y + HEIGHT / 2)
  }
  for (const { x, y } of [...paths.values()].flat()) {
    xs.push(x)
    ys.push(y)
  }
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
    const line = lineOf(lines, nodes, call, box)
    const since = Date.now()
    const used = [box, ...(line ? [idOf(line)] : [])].map(key => [key, since])
    set(old => new Map([...old].filter(([, at]) => since - at < LIT_MS).concat(used)))
    setTimeout(() => set(old => new Map(old)), LIT_MS + 30)
  })
  return key => Date.now() - (lit.get(key) || 0) < LIT_MS
}

// The line that a call to a box went along: from where it came, else from who made it, else from any caller.
function lineOf(lines, nodes, call, box) {
  const inward = lines.filter(line => line.to === box)
  return inward.find(line => boxOf(nodes, call.source) === line.from)
    || inward.find(line => lastOf(line.from) === lastOf(call.principal))
    || inward.find(line => line.from.startsWith('who:'))
}

// The box that an ARN is of, or is of a part of: an object's bucket, an index's table, a method's API.
function boxOf(nodes, arn) {
  if (!arn || arn === '*') return null
  const api = arn.includes(':execute-api:') && arn.split(':')[5].split('/')[0]
  const isPart = whole => arn.startsWith(whole) && '/:'.includes(arn[whole.length])
  const fits = node => api ? node.arn.endsWith(`apis/${api}`) : arn === node.arn || isPart(node.arn)
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
  <marker id=${`tip-${kind}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"
      markerUnits="userSpaceOnUse" orient="auto-start-reverse">
    <path class="tip ${kind}" d="M0 0 8 4 0 8z" /></marker>`)}</defs>`

function Line({ line, points, isLit, isDim }) {
  const tone = line.errors ? 'bad' : ''
  const { x, y } = points[Math.floor(points.length / 2)]
  const said = `${lastOf(line.from)} → ${lastOf(line.to)}: ${line.calls} calls, ${line.errors} errors`
  return html`<g>
    <path class="edge ${line.kind} ${tone} ${isLit ? 'now' : ''} ${isDim ? 'dim' : ''}" d=${curve(points)}
      marker-end=${`url(#tip-${tone || line.kind})`}><title>${said}</title></path>
    ${line.calls > 0 && !isDim && html`
      <text class="many" x=${x} y=${y - 3} text-anchor="middle">${count(line.calls)}</text>`}</g>`
}

function Badge({ x, y, text, isBad, title }) {
  const width = 10 + String(text).length * 6.5
  return html`<g class="badge ${isBad ? 'bad' : ''}" transform=${`translate(${x - width},${y})`}><title>${title}</title>
    <rect width=${width} height="16" rx="8" /><text x=${width / 2} y="12" text-anchor="middle">${text}</text></g>`
}

function Box({ node, at, width, isLit, isChosen, isDim, onPick }) {
  const [name, family] = kindGlyph(node.type)
  const [left, top] = [at.x - width / 2, at.y - HEIGHT / 2]
  const said = `${labelOf(node)}, ${kindIn(node)}, ${node.calls} calls, ${node.errors} errors`
  const pick = event => {
    event.preventDefault()
    onPick(node.arn)
  }
  return html`<a class="box ${isLit ? 'hot' : ''} ${isChosen ? 'chosen' : ''} ${isDim ? 'dim' : ''}" href="#"
      onClick=${pick} aria-label=${said} transform=${`translate(${left},${top})`}><title>${node.name}</title>
    <rect class="body" width=${width} height=${HEIGHT} rx="9" />
    <path class="glyph" d=${drawing(name)} style=${{ color: `var(--${family})` }}
      transform=${`translate(9,${HEIGHT / 2 - 9}) scale(1.15)`} />
    <text x=${GLYPH + 6} y="21">${cut(labelOf(node), width)}</text>
    <text class="kind" x=${GLYPH + 6} y="37">${kindIn(node)}${node.calls ? ` · ${count(node.calls)}` : ''}</text>
    ${node.depth > 0 && html`<${Badge} x=${width - 6} y=${-7} text=${count(node.depth)}
      title="${node.depth} waiting or running" />`}
    ${node.errors > 0 && html`<${Badge} x=${width - 6} y=${HEIGHT - 9} text="${count(node.errors)} ✕" isBad
      title="${node.errors} errors" />`}</a>`
}

export function Diagram({ nodes, edges, chosen, onPick }) {
  const [place, available] = useWidth()
  const lines = useMemo(() => merged(edges), [edges])
  const isNarrow = available > 0 && available < NARROW_PX
  const shape = nodes.map(node => node.arn).join() + lines.map(idOf).join() + isNarrow
  const { width, boxes, paths, view } = useMemo(() => placed(nodes, lines, isNarrow), [shape])
  const routes = new Map([...paths].map(([line, points]) => [idOf(line), points]))
  const isLit = useLight(nodes, lines)
  const atChosen = lines.filter(line => line.from === chosen || line.to === chosen)
  const near = new Set([chosen, ...atChosen.flatMap(line => [line.from, line.to])])
  const least = isNarrow ? .62 : .55
  const scale = available ? Math.min(1, Math.max(least, (available - 2) / view.width)) : 1
  const drawnLine = line => html`<${Line} key=${idOf(line)} line=${line} points=${routes.get(idOf(line))}
    isLit=${isLit(idOf(line))} isDim=${chosen && !atChosen.includes(line)} />`
  const drawnBox = node => html`<${Box} key=${node.arn} node=${node} at=${boxes.get(node.arn)} width=${width}
    isLit=${isLit(node.arn)} isChosen=${node.arn === chosen} isDim=${chosen && !near.has(node.arn)} onPick=${onPick} />`
  return html`<div class="stage" ref=${place}>
    ${available > 0 && html`<svg width=${view.width * scale} height=${view.height * scale}
        viewBox=${`${view.left} ${view.top} ${view.width} ${view.height}`}
        role="group" aria-label="Architecture: ${nodes.length} resources"><${Tips} />
      ${lines.map(drawnLine)}${nodes.map(drawnBox)}</svg>`}</div>`
}
