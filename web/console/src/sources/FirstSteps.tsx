import { Alert, Tabs, Typography } from 'antd';
import { useTranslation } from 'react-i18next';

/** A write key in the clear: it is known only in the moment it was made. */
export type FreshKey = { name: string; key: string; type: string; isNew: boolean };

/** A new key, shown once, with programs that use it. */
export function FirstSteps(props: { fresh: FreshKey; close: () => void }) {
  const { t } = useTranslation();
  const { name, key, type, isNew } = props.fresh;
  const programs = programsOf(window.location.origin, key);
  const shown = Object.keys(programs).sort((one, other) => Number(other === FIRST[type]) - Number(one === FIRST[type]));
  return (
    <Alert
      type="success" showIcon className="new-key" closable={{ onClose: props.close }}
      title={t(isNew ? 'settings.key_title' : 'sources.rotated_title', { name })}
      description={
        <>
          <p>{t('settings.key_lead')} <Typography.Text code copyable>{key}</Typography.Text></p>
          <Tabs
            size="small"
            items={shown.map((label) => ({
              key: label, label: t(`sources.program.${label}`),
              children: <Typography.Paragraph className="program" copyable={{ text: programs[label] }}><pre tabIndex={0}>{programs[label]}</pre></Typography.Paragraph>,
            }))}
          />
        </>
      }
    />
  );
}

const FIRST: Record<string, string> = { web: 'web', mini_program: 'mini_program' };

function programsOf(host: string, key: string): Record<string, string> {
  return {
    web: `<script>
window.zhiyin = window.zhiyin || new Proxy([], { get: (calls, name) =>
  name in calls ? calls[name] : (...given) => { calls.push([name, ...given]); } });
</script>
<script async src="${host}/zhiyin.js" data-write-key="${key}"></script>`,
    mini_program: `const zhiyin = require('./zhiyin-mp.js')
zhiyin.init(wx, { host: '${host}', writeKey: '${key}' })`,
    curl: `curl -u '${key}:' ${host}/v1/track \\
  -d '{"userId": "u1", "event": "Product Viewed", "properties": {"product_id": "p1"}}'`,
    python: `import segment.analytics as analytics   # pip install segment-analytics-python

analytics.write_key = "${key}"
analytics.host = "${host}"
analytics.track("u1", "Product Viewed", {"product_id": "p1"})
analytics.flush()`,
    node: `import { Analytics } from '@segment/analytics-node'

const analytics = new Analytics({ writeKey: '${key}', host: '${host}' })
analytics.track({ userId: 'u1', event: 'Product Viewed', properties: { product_id: 'p1' } })
await analytics.closeAndFlush()`,
  };
}
