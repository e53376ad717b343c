import { Skeleton } from 'antd';
import { lazy, Suspense, type ComponentProps } from 'react';

const Chart = lazy(() => import('../components/Chart'));

/** A chart that keeps its place while its library is loaded. */
export function Drawing({ height, ...chart }: ComponentProps<typeof Chart> & { height: number }) {
  return (
    <Suspense fallback={<Skeleton.Node active style={{ width: '100%', height }} />}>
      <Chart height={height} {...chart} />
    </Suspense>
  );
}
