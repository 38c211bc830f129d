/** For whom a post is, in words. */

import type { Audience } from "../client/rest.ts";

export const AUDIENCES: Record<Audience, string> = {
  public: "Everyone",
  followers: "Followers",
  close_friends: "Close friends",
  only_me: "Only me",
};
