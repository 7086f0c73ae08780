/** What a line's type makes of its values. */
export type MetricType = 'count' | 'gauge' | 'timing' | 'histogram' | 'distribution' | 'set';

export type Tag = readonly [key: string, value: string];
