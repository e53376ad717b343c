import { SankeyChart } from 'echarts/charts';
import { use } from 'echarts/core';

import Chart from '../components/Chart';

use([SankeyChart]);

/** The chart with what flows need; loaded only by the page that draws them. */
export default Chart;
