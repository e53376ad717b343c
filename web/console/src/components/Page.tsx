import { Breadcrumb } from 'antd';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import { useSession } from '../session';

/** A page's head and body. `title` also names the browser's tab. */
export function Page(props: {
  title: string;
  heading?: ReactNode;
  lead?: ReactNode;
  up?: { to: string; title: string };
  actions?: ReactNode;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const { session } = useSession();
  useEffect(() => {
    document.title = `${props.title} · ${session.workspace} · ${t('product')}`;
  }, [props.title, session.workspace, t]);
  return (
    <div className="page">
      <header className="page-head">
        <div className="page-title">
          {props.up && (
            <Breadcrumb
              items={[{ title: <Link to={props.up.to}>{props.up.title}</Link> }, { title: props.title }]}
            />
          )}
          <h1>{props.heading ?? props.title}</h1>
          {props.lead && <p className="lead">{props.lead}</p>}
        </div>
        {props.actions && <div className="page-actions">{props.actions}</div>}
      </header>
      {props.children}
    </div>
  );
}
