import { BarChart, GraphChart, LineChart, SankeyChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init as start, use, type EChartsCoreOption } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

use([BarChart, GraphChart, LineChart, SankeyChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

export type EChartsOption = EChartsCoreOption;

export const COLOURS = { api: '#3d7ebf', local: '#2f9e77', saved: '#c08a1e', refused: '#c2493d' };

export const init = (element: HTMLElement) => start(element);

/** Drawn on a canvas and with tooltips of drawn text: no markup is ever made of a name. */
export function theme(dark: boolean): EChartsCoreOption {
  const ink = dark ? '#d6dee6' : '#22303c';
  return {
    textStyle: { color: ink, fontFamily: 'system-ui, sans-serif' },
    color: [COLOURS.api, COLOURS.local, COLOURS.saved, COLOURS.refused, '#7a6bb5', '#5f7482'],
    animationDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 300,
    legend: { textStyle: { color: ink }, top: 0 },
  };
}

export const drawnTooltip = { renderMode: 'richText' as const, confine: true };
