/**
 * Who may import whom, as data. A file belongs to the first unit whose pattern matches its path; `may` lists
 * the paths it may import besides its own unit's. `{1}` stands for what the pattern's first group matched.
 */

/** Modules each module may call, through their index.ts only. Nothing here forms a circle. */
const moduleArrows = {
  tenancy: [],
  accounts: ['tenancy'],
  publishing: ['accounts', 'tenancy'],
  live: ['tenancy'],
  maintenance: ['tenancy'],
  ingestion: ['publishing', 'accounts', 'tenancy'],
  insights: ['publishing', 'ingestion', 'accounts', 'tenancy'],
  alerts: ['insights', 'publishing', 'ingestion', 'accounts', 'tenancy'],
  reports: ['insights', 'publishing', 'ingestion', 'accounts', 'tenancy'],
  royalties: ['insights', 'publishing', 'ingestion', 'accounts', 'tenancy'],
  agents: ['publishing', 'insights', 'ingestion', 'accounts', 'tenancy'],
  usage: [
    'tenancy',
    'accounts',
    'publishing',
    'ingestion',
    'insights',
    'alerts',
    'reports',
    'royalties',
    'agents',
  ],
}

/** Transports that several connectors share: their users. */
const sharedConnectors = { 'meta-graph': ['facebook', 'instagram', 'threads'] }

const infra = /^server\/src\/infra\//
const anyModuleIndex = /^server\/src\/modules\/[^/]+\/index\.ts$/
const connectorContract = /^server\/src\/connectors\/(connector|failure|registry)\.ts$/
/** What the composition root hands to modules: the types of their context. */
const moduleContext = /^server\/src\/modules\/[^/]+\.ts$/
const config = /^server\/src\/config\.ts$/
const engines = /^server\/src\/engines\.ts$/

const moduleUnits = Object.entries(moduleArrows).map(([name, callees]) => ({
  unit: new RegExp(`^server/src/modules/${name}/`),
  rule: `the module ${name} imports infra, config, the modules' context, analytics, the connectors' connector.ts, failure.ts and registry.ts, and the index.ts of: ${callees.join(', ') || 'no other module'}`,
  may: [
    infra,
    config,
    moduleContext,
    /^server\/src\/analytics\//,
    connectorContract,
    ...callees.map((callee) => new RegExp(`^server/src/modules/${callee}/index\\.ts$`)),
  ],
}))

const sharingUnits = Object.entries(sharedConnectors).flatMap(([shared, users]) =>
  users.map((user) => connectorUnit(new RegExp(`^server/src/connectors/(${user})/`), [`${shared}/`])),
)

function connectorUnit(unit, siblings) {
  return {
    unit,
    rule: "a connector imports its own folder, connectors/connector.ts and failure.ts, and infra's outbound-http, errors and clock",
    may: [
      /^server\/src\/connectors\/(connector|failure)\.ts$/,
      /^server\/src\/infra\/(outbound-http\/|errors\.ts$|clock\.ts$)/,
      ...siblings.map((sibling) => new RegExp(`^server/src/connectors/${sibling}`)),
    ],
  }
}

export const rules = [
  {
    unit: /^server\/(test\/|.*\.test\.ts$)/,
    rule: 'tests of the server import the server, its tests, the sandbox and the scripts',
    may: [/^server\//, /^sandbox\//, /^scripts\//, /^bench\//],
  },
  {
    unit: /^server\/src\/main\.ts$/,
    rule: 'main imports app, engines, migrate, config, cli, mcp and infra',
    may: [/^server\/src\/(app|engines|migrate)\.ts$/, config, /^server\/src\/(cli|mcp)\//, infra],
  },
  {
    unit: /^server\/src\/app\.ts$/,
    rule: "app imports engines, modules' index.ts and context, analytics, the connectors' connector.ts, failure.ts and registry.ts, config and infra",
    may: [
      engines,
      anyModuleIndex,
      moduleContext,
      /^server\/src\/analytics\//,
      connectorContract,
      config,
      infra,
    ],
  },
  { unit: engines, rule: 'engines imports config and infra', may: [config, infra] },
  { unit: /^server\/src\/migrate\.ts$/, rule: 'migrate imports engines and infra', may: [engines, infra] },
  { unit: config, rule: 'config imports infra', may: [infra] },
  {
    unit: /^server\/src\/(cli|mcp)\//,
    rule: "cli and mcp import modules' index.ts, app, config and infra",
    may: [anyModuleIndex, /^server\/src\/app\.ts$/, config, infra],
  },
  ...moduleUnits,
  {
    unit: moduleContext,
    rule: "the modules' context names types of infra, config, analytics, connectors and modules' index.ts",
    may: [infra, config, /^server\/src\/analytics\//, connectorContract, anyModuleIndex],
  },
  {
    unit: /^server\/src\/modules\/([^/]+)\//,
    rule: 'a new module is named in scripts/import-rules.mjs with the modules it may call',
    may: [],
  },
  {
    unit: /^server\/src\/analytics\//,
    rule: "analytics imports infra, and the names of platforms and metrics from the connectors' connector.ts",
    may: [infra, /^server\/src\/connectors\/connector\.ts$/],
  },
  ...sharingUnits,
  connectorUnit(/^server\/src\/connectors\/([^/]+)\//, []),
  {
    unit: /^server\/src\/connectors\/[^/]+\.ts$/,
    rule: "the connectors' registry and contract import connectors and infra",
    may: [/^server\/src\/connectors\//, infra],
  },
  { unit: infra, rule: 'infra imports nothing of the product', may: [] },
  {
    unit: /^web\//,
    rule: 'the web app imports nothing of the server but its generated types in web/src/api',
    may: [],
  },
  { unit: /^sandbox\//, rule: 'the sandbox imports nothing of the product', may: [] },
  {
    unit: /^scripts\/.*\.ts$/,
    rule: 'scripts in TypeScript run on the installed project and import scripts and the server',
    may: [/^scripts\//, /^server\//],
  },
  { unit: /^scripts\//, rule: 'scripts import scripts only', may: [] },
  {
    unit: /^bench\//,
    rule: 'benchmarks import the server and the sandbox',
    may: [/^server\//, /^sandbox\//],
  },
]
