/** The words of posts, users and the cluster that a browser says and hears: `protocol/*.py`. */

import type { Audience } from "./rest.ts";
import type { Word } from "./session.ts";

export type CommentRow = [id: string, by: string, text: string, at: number, parent: string | null];
export type AboutRow = [
  username: string,
  name: string,
  bio: string,
  profilePic: string | null,
  createdAt: number,
  verified?: boolean,
];

export interface PostCard extends Word {
  type: "post.card";
  post_id: string;
  author_id: string;
  caption: string;
  location: string | null;
  like_count: number;
  comment_count: number;
  liked_by_viewer: boolean;
  created_at: number;
  audience: Audience;
}

export interface LikeCount extends Word {
  type: "post.like_count";
  like_count: number;
}

export interface CommentAnswer extends Word {
  type: "post.comment_answer";
  comment: CommentRow;
  comment_count: number;
}

export interface CommentPage extends Word {
  type: "post.comments";
  comments: CommentRow[];
  comment_count: number;
  before: string | null;
}

export interface ViewerCount extends Word {
  type: "post.viewer_count";
  viewer_count: number;
}

export type PostNews =
  | { type: "post.likes_changed"; like_count: number }
  | { type: "post.comment_added"; comment: CommentRow; comment_count: number }
  | { type: "post.comment_removed"; comment: string; comment_count: number }
  | { type: "post.comments_changed"; comment_count: number }
  | { type: "post.removed" }
  | { type: "post.viewers_changed"; viewer_count: number }
  | { type: "post.typists_changed"; users: string[]; count: number };

export interface ProfileCard extends Word {
  type: "user.profile";
  user_id: string;
  about: AboutRow;
  follower_count: number;
  following_count: number;
  post_count: number;
  followed_by_viewer: boolean;
  private: boolean;
}

export type Who = "everyone" | "followers" | "followed" | "mutuals" | "nobody";

export interface ReachState extends Word {
  type: "user.reach";
  comment: Who;
  mention: Who;
  message: Who;
  activity: Who;
  at: number;
}

export interface PresenceCard extends Word {
  type: "user.presence";
  user_id: string;
  online: boolean | null;
  last_seen: number | null;
}

export interface PresenceNews extends Word {
  type: "user.presence_changed";
  online: boolean;
  last_seen: number | null;
}

export type UserNews =
  { type: "user.feed_grew"; post: string } | { type: "user.followers_changed"; follower_count: number };
