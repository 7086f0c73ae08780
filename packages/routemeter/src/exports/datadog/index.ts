import { type Files, json } from '../files.ts';
import type { Plan } from '../plan.ts';
import { dashboardOf } from './dashboard.ts';
import { monitorsOf } from './monitors.ts';
import { terraformOf } from './terraform.ts';

/** Monitors and a dashboard as JSON for the API, and both as Terraform. */
export function datadogFiles(plan: Plan): Files {
  const monitors = monitorsOf(plan);
  return {
    'monitors.json': json(monitors),
    'dashboard.json': json(dashboardOf(plan)),
    'main.tf': terraformOf(plan, monitors),
  };
}
