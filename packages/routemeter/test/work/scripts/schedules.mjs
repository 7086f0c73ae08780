// The same of an application that is ES modules.
import * as cron from 'cron';
import * as croner from 'croner11';
import nodeCron from 'node-cron';
import nodeSchedule from 'node-schedule';
import { run } from './schedules.cjs';

run({ cron, croner, nodeCron, nodeSchedule });
