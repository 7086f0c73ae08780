import { slug } from '../files.ts';
import type { Plan } from '../plan.ts';
import { metricOf } from '../words.ts';
import type { Monitor } from './monitors.ts';
import { metricName } from './names.ts';

/** The same monitors and dashboard for the Datadog provider, and what percentiles need to be kept. */
export function terraformOf(plan: Plan, monitors: readonly Monitor[]): string {
  const metrics = [
    ...new Set([...plan.metrics, ...plan.metrics.map((one) => `${one}.cpu`), ...plan.items.map(metricOf)]),
  ].sort();
  return [HEAD, ...metrics.map(percentiles), ...monitors.map(monitor), DASHBOARD].join('\n');
}

const HEAD = `terraform {
  required_providers {
    datadog = {
      source  = "DataDog/datadog"
      version = ">= 3.40.0"
    }
  }
}
`;

const DASHBOARD = `resource "datadog_dashboard_json" "routemeter" {
  dashboard = file("\${path.module}/dashboard.json")
}
`;

/** Datadog keeps percentiles of a distribution only where it is told to. No tag is excluded. */
function percentiles(metric: string): string {
  return `resource "datadog_metric_tag_configuration" "${slug(metric)}" {
  metric_name         = ${text(metricName(metric))}
  metric_type         = "distribution"
  tags                = []
  exclude_tags_mode   = true
  include_percentiles = true
}
`;
}

function monitor({ name, type, query, message, tags, priority, options }: Monitor): string {
  return `resource "datadog_monitor" "${slug(name)}" {
  name                = ${text(name)}
  type                = ${text(type)}
  query               = ${text(query)}
  message             = ${text(message)}
  tags                = [${tags.map(text).join(', ')}]
  priority            = ${priority}
  include_tags        = ${options.include_tags}
  notify_no_data      = ${options.notify_no_data}
  require_full_window = ${options.require_full_window}

  monitor_thresholds {
    critical = ${options.thresholds.critical}
  }
}
`;
}

/** A text in HCL, where `\${` and `%{` would start a template. */
function text(value: string): string {
  return JSON.stringify(value).replace(/[$%](?=\{)/g, (sign) => sign + sign);
}
