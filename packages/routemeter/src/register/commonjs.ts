/** The preload where it is required: its other half is, too. */
import { type Follower, start } from './start.ts';

// Left as it is by the build, for Node and for bundlers, which both know what to do.
start(() => ({ follower: () => require('./follow.cjs') as Follower, coming: null }));
