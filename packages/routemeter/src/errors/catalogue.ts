/**
 * Every error and warning of the library, by code. Errors are thrown at construction only;
 * warnings are written once per process to stderr. A test holds code, docs and types to this list.
 */
export const CATALOGUE = {
  RM_OPTION_UNKNOWN: 'an option that does not exist',
  RM_OPTION_INVALID: 'an option with a value outside its range',
  RM_URL_INVALID: 'a URL that names no sink',
  RM_TAG_INVALID: 'a tag that cannot be sent',
  RM_ENV_INVALID: 'an environment variable with a value outside its range; its default is used',
  RM_SERIES_CAP: 'more series than maxSeries: further ones fold into "overflow"',
  RM_NAME_CAP: 'more metric names than fit under maxSeries: further ones are dropped and counted',
  RM_UNIT_INVALID: 'a unit of work with options that make no sense: it is measured without them',
  RM_UNIT_CAP: 'more names of units of work than 200: further ones are "other"',
  RM_VALUE_INVALID: 'a sample that is not a finite number, or not a number at all: dropped and counted',
  RM_SEND_FAILED: 'the system refused a payload: dropped and counted',
  RM_USER_CODE_THREW: 'a function handed in by the application threw: its result was left out',
  RM_ADDON_MISSING: 'the addon for Unix datagrams cannot be loaded: UDP is used instead',
  RM_PROFILE_REFUSED: 'a profile that cannot be taken now, or not in this process',
  RM_PROFILE_ORDERS: 'a live server whose orders for profiles are not taken',
  RM_UPSTREAM_UNKNOWN: 'a module of a library whose calls cannot be followed',
  RM_UNIT_UNKNOWN: 'a module of a library whose jobs or messages cannot be followed',
  RM_BUDGETS_INVALID: 'a budgets file that makes no sense; one line for each mistake',
  RM_ENCAPSULATED: 'fastifyMeter registered inside a plugin: routes outside of it have no names',
  RM_DELAY_OFF: 'the option "delay" is set, and delays cannot be estimated here',
  RM_EXIT_LOSS: 'samples that could not be handed over before the process ended',
  RM_INTERNAL: 'a fault inside the library, contained',
} as const;

/** The code of an error or warning, for example `RM_URL_INVALID`. */
export type ErrorCode = keyof typeof CATALOGUE;
