import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Checkbox, Segmented } from 'antd';
import { useTranslation } from 'react-i18next';

import { ConditionRow, RawRow } from './ConditionRow';
import { newGroup, newLeaf, type Group, type Node } from './tree';
import type { Fields } from './vocabulary';

type Props = {
  group: Group;
  fields: Fields;
  change: (group: Group) => void;
  remove?: () => void;
  isLocked?: boolean;
};

/**
 * The rule editor: a group of conditions, of which all or any must hold; groups nest.
 *
 * It draws what `/api/fields` describes. A node that it does not know is shown as it is written, and kept.
 */
export function ConditionGroup(props: Props) {
  const { t } = useTranslation();
  const { group, fields, change, isLocked } = props;
  const put = (index: number, node: Node) => change({ ...group, nodes: group.nodes.with(index, node) });
  const drop = (index: number) => change({ ...group, nodes: group.nodes.filter((_, at) => at !== index) });
  const add = (node: Node) => change({ ...group, nodes: [...group.nodes, node] });
  return (
    <fieldset className="rule-group" disabled={isLocked}>
      <legend className="visually-hidden">{t('rule.group')}</legend>
      <div className="rule-head">
        <Segmented
          size="small" value={group.join} aria-label={t('rule.join')} disabled={isLocked}
          onChange={(join) => change({ ...group, join: join as Group['join'] })}
          options={[{ value: 'all', label: t('rule.all') }, { value: 'any', label: t('rule.any') }]}
        />
        {props.remove && (
          <>
            <Checkbox checked={group.isNegated} onChange={(event) => change({ ...group, isNegated: event.target.checked })}>
              {t('rule.not')}
            </Checkbox>
            <span className="grow" />
            <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('rule.remove_group')} onClick={props.remove} />
          </>
        )}
      </div>
      {group.nodes.length === 0 && <p className="muted">{t('rule.everyone')}</p>}
      {group.nodes.map((node, index) => (
        <NodeOf
          key={node.id} node={node} fields={fields} isLocked={isLocked}
          change={(changed) => put(index, changed)} remove={() => drop(index)}
        />
      ))}
      {!isLocked && (
        <div className="rule-foot">
          <Button size="small" icon={<PlusOutlined />} onClick={() => add(newLeaf())}>{t('rule.add')}</Button>
          <Button size="small" type="text" onClick={() => add(newGroup('any', [newLeaf()]))}>{t('rule.add_group')}</Button>
        </div>
      )}
    </fieldset>
  );
}

function NodeOf(props: { node: Node; fields: Fields; isLocked?: boolean; change: (node: Node) => void; remove: () => void }) {
  const { node, fields, change, remove } = props;
  switch (node.type) {
    case 'group': return <ConditionGroup group={node} fields={fields} isLocked={props.isLocked} change={change} remove={remove} />;
    case 'raw': return <RawRow node={node} change={change} remove={remove} />;
    default: return <ConditionRow node={node} fields={fields} change={change} remove={remove} />;
  }
}
