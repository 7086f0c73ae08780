/** The preload as part of a bundle, where there is no file to load later: all of it. */
import * as follower from './follow.ts';
import { start } from './start.ts';

start(() => ({ follower: () => follower, coming: null }));
