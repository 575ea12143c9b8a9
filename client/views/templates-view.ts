import type { Capability, StartupFile, Template } from '../../shared/models.js';
import type { TemplateDetail } from '../../shared/protocol.js';
import type { Host } from '../host/host.js';
import type { HostNews, Hosts } from '../host/hosts.js';
import type { DetailNode, Node, TemplateNode } from './nodes.js';
import { RowView } from './row-view.js';
import type { RowPage } from './rows.js';

export class TemplatesView extends RowView<TemplateNode> {
  constructor(hosts: Hosts) {
    super(hosts, () => false);
  }

  protected override read(host: Host, cursor: string | undefined): Promise<RowPage<Template>> {
    return host.request('listTemplates', { ...(cursor !== undefined && { cursor }) });
  }

  protected override time({ createdAt }: Template): string {
    return createdAt;
  }

  protected override create(host: Host, row: Template): TemplateNode {
    return { kind: 'template', id: row.id, host, row };
  }

  protected override async childrenOf(node: Node): Promise<Node[]> {
    if (node.kind === 'detail') return [...node.details];
    if (node.kind !== 'template') return [];
    return templateDetails(node, await node.host.request('getTemplate', { templateId: node.row.id }));
  }

  protected override rowOf(news: HostNews): Template | undefined {
    return news.kind === 'template' ? news.row : undefined;
  }
}

/** A line below a template, before it knows its parent. */
interface Line {
  readonly label: string;
  readonly value?: string;
}

function templateDetails(
  parent: TemplateNode,
  { template, capabilities, startupFiles }: TemplateDetail,
): DetailNode[] {
  const { limits, resolver, runtime } = template.settings;
  const settings = [
    ...Object.entries(limits).map(([name, limit]) => ({
      label: name,
      value: limit === 0 ? 'no limit' : `${limit}`,
    })),
    { label: 'roots', value: resolver.roots.join(', ') },
    { label: 'extensions', value: resolver.extensions.join(' ') },
    { label: 'strict', value: yesOrNo(runtime.strict) },
    { label: 'console', value: yesOrNo(runtime.console) },
    { label: 'timezone', value: runtime.timezone },
    { label: 'seed', value: runtime.seed === null ? 'fresh' : `${runtime.seed}` },
  ];
  const plain = (label: string): Line => ({ label });
  return [
    group(parent, 'Settings', 'settings-gear', settings),
    group(parent, 'Modules', 'package', template.modules.map(plain)),
    group(parent, 'Libraries', 'library', template.libraries.map(plain)),
    group(parent, 'Capabilities', 'shield', capabilities.map(capabilityLine)),
    group(parent, 'Startup files', 'rocket', startupFiles.map(startupLine)),
  ];
}

function group(parent: TemplateNode, label: string, icon: string, lines: readonly Line[]): DetailNode {
  const details: DetailNode[] = [];
  const node: DetailNode = {
    kind: 'detail',
    id: `${parent.id} ${label}`,
    host: parent.host,
    parent,
    label,
    icon,
    value: label === 'Settings' ? '' : lines.length === 0 ? 'none' : `${lines.length}`,
    details,
  };
  details.push(
    ...lines.map((line, index): DetailNode => ({
      kind: 'detail',
      id: `${node.id} ${index} ${line.label}`,
      host: parent.host,
      parent: node,
      label: line.label,
      value: line.value ?? '',
      details: [],
    })),
  );
  return node;
}

function capabilityLine({ kind, name, effect, enabled }: Capability): Line {
  return { label: `${kind}: ${name}`, value: enabled ? effect : `${effect}, off` };
}

function startupLine({ path, mode }: StartupFile): Line {
  return { label: path, value: mode };
}

const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no');
