import { acceptCompletion, autocompletion, closeBrackets, closeCompletion, closeBracketsKeymap, completionKeymap, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { SQLDialect, sql } from '@codemirror/lang-sql'
import { HighlightStyle, bracketMatching, syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState, Prec, StateEffect, StateField } from '@codemirror/state'
import { Decoration, EditorView, drawSelection, keymap, lineNumbers, type DecorationSet } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import type { Schema } from './api'

// What the guard allows of ClickHouse; SETTINGS, FORMAT and their like are left out on purpose.
const dialect = SQLDialect.define({
  keywords:
    'select with from prewhere where group by having order limit offset as on using join inner left right full cross any all semi anti asof array distinct union except intersect and or not in like ilike between is null case when then else end asc desc nulls first last over partition rows range preceding following unbounded current row window qualify fill step interval cast rollup cube totals ties',
  types: 'string int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 date datetime bool array nullable',
  backslashEscapes: true,
  identifierQuotes: '`"',
  operatorChars: '*+-%<>!=&|/~?:',
})

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--mark)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--amber)' },
  { tag: tags.comment, color: 'var(--soft)', fontStyle: 'italic' },
  { tag: tags.typeName, color: 'var(--soft)' },
])

const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'var(--panel)', fontSize: '14px' },
  '&.cm-focused': { outline: '2px solid var(--edge)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'ui-monospace, Consolas, "DejaVu Sans Mono", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", monospace', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { color: 'var(--soft)', backgroundColor: 'var(--panel)', borderRight: '1px solid var(--line)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--mark-soft)' },
  '.cm-faultLine': { boxShadow: 'inset 3px 0 var(--bad)' },
  '.cm-fault': { textDecoration: 'underline wavy var(--bad)', textUnderlineOffset: '3px', borderLeft: '2px solid var(--bad)' },
  '.cm-tooltip': { color: 'var(--text)', backgroundColor: 'var(--panel)', border: '1px solid var(--edge)', borderRadius: 'var(--radius)', boxShadow: 'var(--shadow)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { maxHeight: '240px', fontFamily: 'inherit' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { color: 'var(--text)', backgroundColor: 'var(--raised)', boxShadow: 'inset 3px 0 var(--mark)' },
  '.cm-completionDetail': { color: 'var(--soft)', fontStyle: 'normal' },
})

/** A place in the text, from 1; the column counts characters, not UTF-16 units. */
export interface Place {
  line: number
  column: number
}

const setFault = StateEffect.define<number | null>()
const faultField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, change) {
    let next = change.docChanged ? Decoration.none : marks
    for (const effect of change.effects) {
      if (effect.is(setFault)) next = effect.value === null ? Decoration.none : markAt(change.state, effect.value)
    }
    return next
  },
  provide: (field) => EditorView.decorations.from(field),
})

function markAt(state: EditorState, at: number): DecorationSet {
  const line = state.doc.lineAt(at)
  const word = /^(?:[\w.]+|[^\s])/u.exec(line.text.slice(at - line.from))?.[0].length ?? 0
  const marks = [Decoration.line({ class: 'cm-faultLine' }).range(line.from)]
  if (word > 0) marks.push(Decoration.mark({ class: 'cm-fault' }).range(at, at + word))
  return Decoration.set(marks)
}

function offsetOf(state: EditorState, place: Place): number {
  const line = state.doc.line(Math.min(Math.max(place.line, 1), state.doc.lines))
  const before = [...line.text].slice(0, Math.max(place.column - 1, 0)).join('')
  return line.from + before.length
}

export interface EditorOptions {
  parent: HTMLElement
  text: string
  label: () => string
  lang: () => 'zh' | 'en'
  changed: (text: string) => void
  run: () => void
}

export interface Editor {
  setSchema: (schema: Schema) => void
  setText: (text: string) => void
  insert: (text: string) => void
  fault: (place: Place | null) => void
  reveal: (place: Place) => void
  /** Closes the list of completions, also one that is still being made. */
  quiet: () => void
  destroy: () => void
}

/**
 * A CodeMirror editor in a shadow root: in a document CodeMirror puts its style
 * into a <style> element, which the CSP refuses; in a shadow root it adopts a
 * constructed style sheet, which the CSP lets pass.
 */
export function makeEditor(options: EditorOptions): Editor {
  const root = options.parent.attachShadow({ mode: 'open' })
  const language = new Compartment()
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ icons: false }),
        syntaxHighlighting(colours),
        look,
        faultField,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of(() => ({ 'aria-label': options.label() })),
        EditorView.updateListener.of((update) => update.docChanged && options.changed(update.state.doc.toString())),
        Prec.highest(keymap.of([{ key: 'Mod-Enter', run: () => (options.run(), true) }, { key: 'Tab', run: acceptCompletion }])),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...historyKeymap]),
        language.of(sql({ dialect, upperCaseKeywords: true })),
      ],
    }),
  })
  const setFaultAt = (place: Place | null) => view.dispatch({ effects: setFault.of(place && offsetOf(view.state, place)) })
  return {
    setSchema: (schema) => view.dispatch({ effects: language.reconfigure(languageOf(schema, options.lang)) }),
    setText: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } }),
    insert: (text) => {
      view.dispatch(view.state.replaceSelection(text), { scrollIntoView: true })
      view.focus()
    },
    fault: setFaultAt,
    reveal: (place) => {
      view.dispatch({ selection: { anchor: offsetOf(view.state, place) }, scrollIntoView: true })
      view.focus()
    },
    quiet: () => void closeCompletion(view),
    destroy: () => view.destroy(),
  }
}

function languageOf(schema: Schema, lang: () => 'zh' | 'en') {
  const columns = (name: string): Completion[] =>
    (schema.views.find((v) => v.name === name)?.columns ?? []).map((c) => ({ label: c.name, type: 'property', detail: `${c.type} ${c[lang()]}`, boost: 2 }))
  const tables = Object.fromEntries(schema.views.map((v) => [v.name, { self: { label: v.name, type: 'class', detail: v[lang()], boost: 3 }, children: columns(v.name) }]))
  const support = sql({ dialect, upperCaseKeywords: true, schema: tables })
  const functions = functionsOf(schema)
  // Columns without a view's name before them: of the views in the text, or of all.
  const source = (context: CompletionContext): CompletionResult | null => {
    const word = context.matchBefore(/[A-Za-z_]\w*/)
    if ((!word && !context.explicit) || (word && context.state.sliceDoc(word.from - 1, word.from) === '.')) return null
    const text = context.state.doc.toString()
    const named = schema.views.filter((v) => new RegExp(`\\b${v.name}\\b`).test(text))
    const seen = new Map((named.length > 0 ? named : schema.views).flatMap((v) => columns(v.name)).map((c) => [c.label, c]))
    return { from: word?.from ?? context.pos, options: [...seen.values(), ...functions], validFor: /^\w*$/ }
  }
  return [support, support.language.data.of({ autocomplete: source })]
}

/** Every function that may be called; accepting one writes its bracket. */
function functionsOf({ functions, table_functions }: Schema): Completion[] {
  const of = (names: string[], detail: string): Completion[] =>
    names.map((label) => ({
      label,
      type: 'function',
      detail,
      apply: (view, _completion, from, to) => view.dispatch({ changes: { from, to, insert: `${label}()` }, selection: { anchor: from + label.length + 1 } }),
    }))
  const scalar = Object.entries(functions.scalar).flatMap(([subject, names]) => of(names, subject))
  return [...of(functions.aggregate, 'aggregate'), ...of(functions.window, 'window'), ...scalar, ...of(table_functions, 'table')]
}
