/** The standard normal distribution's 99 % quantile: p < 0.01 on one side, and the ends of a 98 % interval. */
export const NORMAL_99 = 2.3263478740408408;
