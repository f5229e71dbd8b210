import { expect, test } from 'vitest'
import { analyseStatement, findInsertWithData } from './embedded/statement.ts'
import { splitStatements, sqlIdentifier, sqlString } from './sql-tokens.ts'

test('a script is cut at semicolons outside strings, names, comments and heredocs only', () => {
  const script = `-- a; comment
    SELECT 'a;b\\'; c''; d' AS "x;y", \`z;\`; /* ; */ SELECT $tag$ ; $tag$ ;; # also; one
    SELECT 3 -- ; the end`
  expect(splitStatements(script)).toEqual([
    `SELECT 'a;b\\'; c''; d' AS "x;y", \`z;\``,
    'SELECT $tag$ ; $tag$',
    'SELECT 3',
  ])
  expect(splitStatements(' ; -- nothing\n')).toEqual([])
})

test('an unterminated string or comment hides no statement from the engine', () => {
  expect(splitStatements("SELECT 1; SELECT 'a; b")).toEqual(['SELECT 1', "SELECT 'a; b"])
  expect(splitStatements('SELECT 1; SELECT 2 /* a; b')).toEqual(['SELECT 1', 'SELECT 2'])
})

test('text becomes one literal, and one identifier', () => {
  expect(sqlString(`it's \\ "x"`)).toBe(`'it\\'s \\\\ "x"'`)
  expect(sqlIdentifier('a`b\\')).toBe('`a\\`b\\\\`')
  expect(splitStatements(`SELECT ${sqlString("';\\';")}; SELECT 2`).length).toBe(2)
})

test.each([
  [
    'INSERT INTO t FORMAT CSV\n1,2',
    'CSV',
    '1,2',
    "INSERT INTO t FROM INFILE '/f' COMPRESSION 'none' FORMAT CSV",
  ],
  ['insert into d.format (a, `format`) format JSONEachRow {"a":1}', 'JSONEachRow', '{"a":1}', undefined],
  ["INSERT INTO t VALUES (1, 'FORMAT')", 'Values', "(1, 'FORMAT')", undefined],
  ['INSERT INTO t SETTINGS a=1 FORMAT RowBinary\r\n\n\x00', 'RowBinary', '\n\x00', undefined],
])('the data of %j begin after its format', (text, format, data, reading) => {
  const insert = findInsertWithData(text)
  expect(insert?.format).toBe(format)
  expect(text.slice(insert?.dataStart)).toBe(data)
  if (reading) expect(insert?.readingFrom('/f').replaceAll(/\s+/g, ' ')).toBe(reading)
})

test('settings of an INSERT stand after the file', () => {
  expect(findInsertWithData('INSERT INTO t SETTINGS a=1 FORMAT CSV\n')?.readingFrom("/it's")).toMatch(
    /^INSERT INTO t +FROM INFILE '\/it\\'s' COMPRESSION 'none' SETTINGS a=1 +FORMAT CSV$/,
  )
})

test.each([
  'INSERT INTO t SELECT 1 FORMAT CSV',
  "INSERT INTO t SELECT 'FORMAT CSV'",
  "INSERT INTO t FROM INFILE 'x' FORMAT CSV",
  'SELECT 1 FORMAT CSV',
])('%s has no data in its text', (text) => {
  expect(findInsertWithData(text)).toBe(undefined)
})

test('a result goes to a file in the format of the statement, or in the usual one', () => {
  const outfile = "INTO OUTFILE '/p' TRUNCATE COMPRESSION 'none'"
  const write = (sql: string) => analyseStatement(sql).writingTo('/p', 'TSV').replaceAll(/\s+/g, ' ')
  expect(write('SELECT 1 AS format -- FORMAT JSON')).toBe(`SELECT 1 AS format ${outfile} FORMAT TSV`)
  expect(write('SELECT (SELECT 1 AS x) FORMAT JSON;')).toBe(`SELECT (SELECT 1 AS x) ${outfile} FORMAT JSON`)
  expect(write('SELECT 1 FORMAT JSON SETTINGS a=1')).toBe(`SELECT 1 ${outfile} FORMAT JSON SETTINGS a=1`)
})

test('substitutions are found, but not in strings and maps', () => {
  const sql = "SELECT {a:String}, '{b:String}', {c: Array(UInt8)}, map('x', 1), {'d': 1} -- {e:Int8}"
  expect([...analyseStatement(sql).substitutions]).toEqual(['a', 'c'])
})

test('several statements, and none, are refused', () => {
  expect(() => analyseStatement('SELECT 1; SELECT 2')).toThrow(/Code: 62.*Multi-statements/)
  expect(() => analyseStatement('/* nothing */ ;')).toThrow(/Code: 62.*Empty query/)
  expect(analyseStatement("SELECT ';' ;; -- end").sql).toBe("SELECT ';'")
})
