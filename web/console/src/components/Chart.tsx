import { BarChart, LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption, type EChartsType } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';

import { colors, series } from '../theme';

use([BarChart, LineChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, SVGRenderer]);

/** An ECharts drawing that follows its box, described in words for who cannot see it. */
export default function Chart(props: {
  option: EChartsCoreOption;
  label: string;
  height?: number;
  /** Called with the place of a point, that of its series, and `node` or `edge` in a graph. */
  onPick?: (index: number, series: number, part?: string) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const { option, label, onPick } = props;

  useEffect(() => {
    if (!box.current) return;
    const made = init(box.current, undefined, { renderer: 'svg' });
    chart.current = made;
    const watcher = new ResizeObserver(() => made.resize());
    watcher.observe(box.current);
    return () => {
      watcher.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption(
      {
        color: series,
        // Named, not inherited: labels are measured on a canvas, which knows no parent.
        textStyle: { fontFamily: box.current ? getComputedStyle(box.current).fontFamily : undefined, color: colors.muted },
        animation: false,
        aria: { enabled: true, label: { description: label } },
        ...option,
      },
      true,
    );
  }, [option, label]);

  useEffect(() => {
    const made = chart.current;
    if (!made || !onPick) return;
    const pick = (event: { dataIndex?: number; seriesIndex?: number; dataType?: string }) =>
      event.dataIndex !== undefined && onPick(event.dataIndex, event.seriesIndex ?? 0, event.dataType);
    made.on('click', pick as never);
    return () => void made.off('click', pick as never);
  }, [onPick]);

  return <div ref={box} className="chart" style={{ height: props.height ?? 260 }} role="img" aria-label={label} />;
}
