/** Functions, triggers, policies and jobs, held against what the source says that they take, call and do. */
import { keyOf } from './coverage-lines.ts'
import { absent, type HomeCheck, homeOf, lacksNote, listOf } from './home-check.ts'
import { functionArguments, policyCommands, triggerDefinitions } from './source-definitions.ts'

export const functionHome: HomeCheck = (what, line, { catalogue }) => {
  const taken = catalogue.functions.get(what)
  if (!taken) return absent(what)
  const lacking = (functionArguments[keyOf(line)] ?? []).filter((argument) => !taken.includes(argument))
  return lacking.length === 0 ? undefined : `${what} does not take ${lacking.join(', ')}`
}

export const trigger: HomeCheck = (what, line, { catalogue, lines }) => {
  const [name = '', claimed = ''] = what.split(' -> ')
  const fact = catalogue.triggers.get(name)
  if (!fact) return absent(name)
  if (fact.calls !== claimed) return `${name} calls ${fact.calls}, not ${claimed}`
  const source = triggerDefinitions[keyOf(line)]
  if (!source) return undefined
  const table = homeOf(lines, line, 'table', source.table)
  if (fact.table !== table) return `${name} is on ${fact.table}, the source's table is ${table}`
  const calls = homeOf(lines, line, 'function', source.calls)
  if (fact.calls !== calls) return `${name} calls ${fact.calls}, the source's function is ${calls}`
  return fact.moment === source.moment
    ? undefined
    : `${name} fires ${fact.moment}, the source says ${source.moment}`
}

const everyCommand = 'delete, insert, select, update'

/** `S.T.name for command`, or `S.T.prefix_* for command, command`: policies that open something. */
export const policy: HomeCheck = (what, line, { catalogue, lines }) => {
  const [pattern = '', claimed = ''] = what.split(' for ')
  const fits = (name: string) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
  const found = [...catalogue.policies].filter(([name]) => fits(name)).map(([, command]) => command)
  if (found.length === 0) return absent(what)
  const commands = found.sort().join(', ')
  if (commands !== listOf(claimed).sort().join(', '))
    return `${pattern} is for ${commands}, not for ${claimed}`
  const table = line.detail === '' ? undefined : homeOf(lines, line, 'table', line.detail)
  if (table !== undefined && !pattern.startsWith(`${table}.`))
    return `${pattern} is not on ${table}, which the source names`
  const all = commands === 'all' || commands === everyCommand
  return policyCommands[keyOf(line)] === 'all' && !all && lacksNote(line)
    ? `${pattern} is for ${commands}, the source says for all, and no note`
    : undefined
}

/** How often a cron expression comes round; one of another form is told as it is. */
export function rhythmOf(cron: string): string {
  const form = cron.replaceAll(/\b\d+\b/g, 'n')
  return rhythmByForm[form] ?? cron
}

const rhythmByForm: Readonly<Record<string, string>> = {
  '* * * * *': 'by the minute',
  'n * * * *': 'hourly',
  'n n * * *': 'daily',
  'n n * * n': 'weekly',
  'n n n * *': 'monthly',
}

export const job: HomeCheck = (what, line, { catalogue }) => {
  const [name = '', claimed = ''] = what.split(/ (.*)/)
  const cron = catalogue.schedules.get(name)
  if (cron === undefined) return absent(`a schedule for ${name}`)
  const rhythm = rhythmOf(cron)
  const [, asked] = /^(hourly|daily|weekly|monthly): /.exec(line.name) ?? []
  if (asked !== undefined && rhythm !== asked) return `${name} is ${rhythm}, the source says ${asked}`
  return rhythm === claimed ? undefined : `${name} is ${rhythm}, not ${claimed}`
}
