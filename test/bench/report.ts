/** Results as a table: for the terminal, and as the page docs/benchmarks.md. */
import type { Figure, Row } from './bench.ts'
import { median } from './measure.ts'

const HEADINGS = ['Work', 'Sidekeep', 'Beside it', 'To reach', 'Result', '', 'Peak memory, MB']

/** Columns in line, for people in front of a terminal. */
export function asText(rows: Row[]): string {
  const table = [HEADINGS, ...rows.map(cells)]
  const widths = HEADINGS.map((_, column) => Math.max(...table.map((line) => line[column]!.length)))
  return table
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** @param dates when which benchmarks were run. */
export function asPage(rows: Row[], dates: string[], machine: string[]): string {
  const lines = (table: string[][]) => table.map((line) => `| ${line.join(' | ')} |`)
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench`, which runs each piece of work below in one go: Sidekeep and its peers in turn, A B A B, each in a process of',
    'its own on loopback; the same HTTP client for all servers, and for tus the library that the phone’s page has. Figures are medians of',
    'the rounds (in brackets: lowest to highest). What is to be reached is our own choice.',
    'Sidekeep is a served engine, as on its owner’s computer, and asked for backups and restores over its control side; restic is a',
    'program, and its start belongs to its time. Peak memory is the most a process had in RAM (VmHWM).',
    '',
    'Measured:',
    ...[...dates, ...machine].map((line) => `- ${line}`),
    '',
    ...lines([HEADINGS, HEADINGS.map(() => '---'), ...rows.map(cells)]),
    '',
  ].join('\n')
}

function cells({ work, unit, ours, others, target, result, reached }: Row): string[] {
  return [
    work,
    `${shown(ours)} ${unit}`,
    others.map((figure) => `${figure.who}: ${shown(figure)} ${unit}`).join('; ') || '-',
    target,
    result,
    reached ? 'reached' : 'NOT REACHED',
    [ours, ...others]
      .map(({ peakBytes }) => (peakBytes === null ? '?' : Math.round(peakBytes / 1e6)))
      .join('; '),
  ]
}

function shown({ samples }: Figure): string {
  const middle = number(median(samples))
  return samples.length === 1
    ? middle
    : `${middle} (${number(Math.min(...samples))} to ${number(Math.max(...samples))})`
}

/** Three significant digits, and no exponent. */
function number(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3)
}
