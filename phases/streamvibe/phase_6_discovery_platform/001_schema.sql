-- Phase 6, discovery platform: categories, tags, clicks and media of content, trends, featured creators.
-- Needs: phase 1 (public.users, schema private), phase 3 (public.content_item, what its policies ask).

-- Categories ---------------------------------------------------------------------------------------------------

create table public.content_category (
    code text not null,
    name text not null,
    description text,
    parent_category text,
    icon_name text,
    sort_order integer default 0,
    is_active boolean default true,
    created_at timestamptz default now(),
    constraint content_category_pkey primary key (code),
    constraint content_category_parent_category_fkey
        foreign key (parent_category) references public.content_category (code),
    constraint content_category_parent_category_check check (parent_category <> code)
);

comment on table public.content_category is 'StreamVibe''s own categories, whatever platforms call theirs.';
comment on column public.content_category.code is 'Key, used in code and addresses.';
comment on column public.content_category.name is 'Name shown to people.';
comment on column public.content_category.description is 'What belongs there.';
comment on column public.content_category.parent_category is 'The category that this one is part of.';
comment on column public.content_category.icon_name is 'Name of its icon.';
comment on column public.content_category.sort_order is 'Order in lists, lowest first.';
comment on column public.content_category.is_active is 'False: no longer offered; existing content keeps it.';
comment on column public.content_category.created_at is 'When the category was added.';

create index content_category_parent_category_idx on public.content_category (parent_category);

alter table public.content_item
    add column category_code text,
    add constraint content_item_category_code_fkey
        foreign key (category_code) references public.content_category (code);

comment on column public.content_item.category_code is 'StreamVibe''s category; category is what the platform says.';

create index idx_content_category on public.content_item (category_code)
    where category_code is not null;

-- Tags ---------------------------------------------------------------------------------------------------------

create table public.content_tag (
    id uuid not null default gen_random_uuid(),
    content_id uuid not null,
    tag text not null,
    source text not null,
    confidence_score numeric(3, 2),
    tag_type text,
    created_at timestamptz default now(),
    created_by uuid default auth.uid(),
    constraint content_tag_pkey primary key (id),
    constraint content_tag_content_id_fkey
        foreign key (content_id) references public.content_item (id) on delete cascade,
    constraint content_tag_created_by_fkey foreign key (created_by) references public.users (id) on delete set null,
    constraint content_tag_tag_check check (tag ~ '\S' and length(tag) <= 200),
    constraint content_tag_source_check check (source in ('ai_generated', 'platform_original', 'user_added')),
    constraint content_tag_tag_type_check
        check (tag_type in ('keyword', 'topic', 'entity', 'emotion', 'trend', 'hashtag'))
);

comment on table public.content_tag is 'Tags of content, each with where it comes from.';
comment on column public.content_tag.id is 'Key.';
comment on column public.content_tag.content_id is 'The content; its tags go with it.';
comment on column public.content_tag.tag is 'The tag, without a # sign.';
comment on column public.content_tag.source is 'ai_generated, platform_original or user_added.';
comment on column public.content_tag.confidence_score is 'How sure the model is, 0.00 to 1.00; null if no model was asked.';
comment on column public.content_tag.tag_type is 'keyword, topic, entity, emotion, trend or hashtag; null if unknown.';
comment on column public.content_tag.created_at is 'When it was added.';
comment on column public.content_tag.created_by is 'Who added it; null: the service, or a user who has been erased. Users cannot set it: it is themselves.';

create unique index idx_content_tag_unique on public.content_tag (content_id, tag, source);
create index idx_content_tag_search on public.content_tag (tag)
    where source = 'ai_generated';
create index idx_content_tag_type on public.content_tag (tag_type, tag);
create index content_tag_created_by_idx on public.content_tag (created_by);

comment on index public.idx_content_tag_unique is 'A source gives a content item a tag once; also finds the tags of an item.';

-- Clicks -------------------------------------------------------------------------------------------------------

create table public.content_click (
    id uuid not null default gen_random_uuid(),
    content_id uuid not null,
    user_id uuid default auth.uid(),
    clicked_at timestamptz default now(),
    referrer text,
    user_agent text,
    ip_address inet,
    country_code text,
    city text,
    constraint content_click_pkey primary key (id),
    constraint content_click_content_id_fkey
        foreign key (content_id) references public.content_item (id) on delete cascade,
    constraint content_click_user_id_fkey foreign key (user_id) references public.users (id) on delete set null,
    constraint content_click_referrer_check check (length(referrer) <= 2000)
);

comment on table public.content_click is 'Clicks on content, also by visitors who are not signed in. Personal data: only the service reads it.';
comment on column public.content_click.id is 'Key.';
comment on column public.content_click.content_id is 'What was clicked; its clicks go with it.';
comment on column public.content_click.user_id is 'Who clicked; null: a visitor, or a user who has been erased. Users cannot set it: it is themselves.';
comment on column public.content_click.clicked_at is 'When. Only the service may say so; else now.';
comment on column public.content_click.referrer is 'The page that the click came from.';
comment on column public.content_click.user_agent is 'The browser, from the request''s headers.';
comment on column public.content_click.ip_address is 'The visitor''s address, from the request''s headers.';
comment on column public.content_click.country_code is 'Country of the address, ISO 3166-1. Written by the service.';
comment on column public.content_click.city is 'City of the address. Written by the service.';

create index idx_content_click_content on public.content_click (content_id, clicked_at desc);
create index idx_content_click_date on public.content_click (clicked_at desc);
create index idx_content_click_user on public.content_click (user_id, clicked_at desc)
    where user_id is not null;

-- Media --------------------------------------------------------------------------------------------------------

create table public.content_media (
    id uuid not null default gen_random_uuid(),
    content_id uuid not null,
    media_url text not null,
    media_type text not null,
    display_order integer not null default 1,
    width integer,
    height integer,
    duration_seconds integer,
    thumbnail_url text,
    file_size_bytes bigint,
    mime_type text,
    created_at timestamptz default now(),
    constraint content_media_pkey primary key (id),
    constraint content_media_content_id_fkey
        foreign key (content_id) references public.content_item (id) on delete cascade,
    constraint content_media_media_url_check check (media_url ~* '^https?://'),
    constraint content_media_thumbnail_url_check check (thumbnail_url ~* '^https?://'),
    constraint content_media_media_type_check check (media_type in ('image', 'video', 'audio'))
);

comment on table public.content_media is 'The single media of content that has several (carousels). Written by the service.';
comment on column public.content_media.id is 'Key.';
comment on column public.content_media.content_id is 'The content; its media go with it.';
comment on column public.content_media.media_url is 'The medium.';
comment on column public.content_media.media_type is 'image, video or audio.';
comment on column public.content_media.display_order is 'Order within the content, from 1.';
comment on column public.content_media.width is 'Width in pixels.';
comment on column public.content_media.height is 'Height in pixels.';
comment on column public.content_media.duration_seconds is 'Length in seconds, of video and audio.';
comment on column public.content_media.thumbnail_url is 'Preview picture.';
comment on column public.content_media.file_size_bytes is 'Size in bytes.';
comment on column public.content_media.mime_type is 'Media type, e.g. image/jpeg.';
comment on column public.content_media.created_at is 'When it was added.';

create index idx_content_media_content on public.content_media (content_id, display_order);
create index idx_content_media_type on public.content_media (media_type);

-- Trends and featured creators ---------------------------------------------------------------------------------

create table public.trending_content (
    id uuid not null default gen_random_uuid(),
    content_id uuid not null,
    trend_score numeric(10, 2) not null,
    trend_category text not null,
    rank_position integer,
    started_trending_at timestamptz default now(),
    last_updated_at timestamptz default now(),
    constraint trending_content_pkey primary key (id),
    constraint trending_content_content_id_trend_category_key unique (content_id, trend_category),
    constraint trending_content_content_id_fkey
        foreign key (content_id) references public.content_item (id) on delete cascade,
    constraint trending_content_trend_category_check check (trend_category in ('today', 'week', 'month', 'all_time')),
    constraint trending_content_rank_position_check check (rank_position >= 1)
);

comment on table public.trending_content is 'The most popular content of the day, week, month and of all time; recomputed regularly.';
comment on column public.trending_content.id is 'Key.';
comment on column public.trending_content.content_id is 'The content.';
comment on column public.trending_content.trend_score is 'Its score, see calculate_trend_score().';
comment on column public.trending_content.trend_category is 'today, week, month or all_time.';
comment on column public.trending_content.rank_position is 'Its place in that list, from 1.';
comment on column public.trending_content.started_trending_at is 'Since when it is in that list without a break.';
comment on column public.trending_content.last_updated_at is 'When score and place were last computed.';

create index idx_trending_category on public.trending_content (trend_category, rank_position);
create index idx_trending_score on public.trending_content (trend_score desc);

create table public.featured_creator (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    featured_reason text,
    featured_until timestamptz,
    display_order integer default 0,
    created_at timestamptz default now(),
    created_by uuid default auth.uid(),
    constraint featured_creator_pkey primary key (id),
    constraint featured_creator_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
    constraint featured_creator_created_by_fkey
        foreign key (created_by) references public.users (id) on delete set null
);

comment on table public.featured_creator is 'Creators that an administrator has put on the front page.';
comment on column public.featured_creator.id is 'Key.';
comment on column public.featured_creator.user_id is 'The creator.';
comment on column public.featured_creator.featured_reason is 'Why, for visitors to read.';
comment on column public.featured_creator.featured_until is 'Until when; null: until taken off.';
comment on column public.featured_creator.display_order is 'Order on the page, lowest first.';
comment on column public.featured_creator.created_at is 'When the creator was featured.';
comment on column public.featured_creator.created_by is 'By whom; null: the service, or an administrator who has been erased.';

create index idx_featured_active on public.featured_creator (featured_until, display_order)
    where featured_until is not null;
create index featured_creator_user_id_idx on public.featured_creator (user_id);
create index featured_creator_created_by_idx on public.featured_creator (created_by);

-- What the policies ask ----------------------------------------------------------------------------------------

create view private.public_creator as
select u.id
from public.users u
where u.is_public;

comment on view private.public_creator is 'Users whose profile everybody may see. Owner''s rights, ids alone: see the views of phase 3.';
comment on column private.public_creator.id is 'users.id.';

-- Row level security and grants --------------------------------------------------------------------------------

alter table public.content_category enable row level security;
alter table public.content_tag enable row level security;
alter table public.content_click enable row level security;
alter table public.content_media enable row level security;
alter table public.trending_content enable row level security;
alter table public.featured_creator enable row level security;

revoke all on table
    public.content_category,
    public.content_tag,
    public.content_click,
    public.content_media,
    public.trending_content,
    public.featured_creator
from public, anon, authenticated, service_role;
revoke all on table private.public_creator from public, anon, authenticated, service_role;

grant select, insert, update, delete on table
    public.content_category,
    public.content_tag,
    public.content_click,
    public.content_media,
    public.trending_content,
    public.featured_creator
to service_role;

grant select on table private.public_creator to anon, authenticated;
grant select on table
    public.content_category,
    public.content_tag,
    public.content_media,
    public.trending_content,
    public.featured_creator
to anon, authenticated;

grant update (category_code) on table public.content_item to authenticated;

grant delete, insert (content_id, tag, source, tag_type) on table public.content_tag to authenticated;
-- A click says what was clicked and from where; who, when and from which address is not the visitor's to say.
grant insert (content_id, referrer) on table public.content_click to anon, authenticated;
-- For administrators: the policies let nobody else.
grant delete,
    insert (content_id, trend_score, trend_category, rank_position),
    update (trend_score, trend_category, rank_position, last_updated_at)
    on table public.trending_content to authenticated;
grant delete,
    insert (user_id, featured_reason, featured_until, display_order),
    update (featured_reason, featured_until, display_order)
    on table public.featured_creator to authenticated;
