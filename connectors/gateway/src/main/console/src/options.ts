/** What pages say of their charts. The library that draws them is none of it: 600 KB that come with the first chart. */
import type { EChartsCoreOption } from 'echarts/core';

export type EChartsOption = EChartsCoreOption;

export const COLOURS = { api: '#3d7ebf', local: '#2f9e77', saved: '#c08a1e', refused: '#c2493d' };

/** Drawn text: no markup is ever made of a name. */
export const drawnTooltip = { renderMode: 'richText' as const, confine: true };
