-- The views that analysts may ask, and what they keep: saved queries and the
-- history of runs. schemas/views/views.yaml describes every view and column
-- and is the only list of what may be asked. It also names the tables read
-- here: a principal's scope cuts those tables, not the views, so that no
-- condition of his is ever tried on a row outside (docs/sql.md).
-- ::String is no ornament: functions of a LowCardinality column are tried on
-- its dictionary, which has the values of rows outside too.
-- A LIMIT that no table reaches keeps the conditions of a query above the
-- scope's: nothing is pushed down through it. Without it the engine may try a
-- query's condition first, as PREWHERE.
-- timezone() is the zone of the local days: the connection sets it.

CREATE VIEW IF NOT EXISTS v_areas AS
SELECT
    p.code AS code, a.parent AS parent, a.level AS level, a.name AS name, a.population AS population,
    p.county AS county, p.township AS township, p.village AS village, p.grid AS grid,
    c.name AS county_name, t.name AS township_name, v.name AS village_name
FROM (SELECT code, county, township, village, grid, removed FROM area_paths FINAL LIMIT 1000000000000) AS p
INNER JOIN (SELECT * FROM areas FINAL LIMIT 1000000000000) AS a ON a.code = p.code
LEFT JOIN (SELECT code, name FROM (SELECT * FROM areas FINAL LIMIT 1000000000000) WHERE area_set = 'division' AND removed = 0) AS c ON c.code = p.county
LEFT JOIN (SELECT code, name FROM (SELECT * FROM areas FINAL LIMIT 1000000000000) WHERE area_set = 'division' AND removed = 0) AS t ON t.code = p.township
LEFT JOIN (SELECT code, name FROM (SELECT * FROM areas FINAL LIMIT 1000000000000) WHERE area_set = 'division' AND removed = 0) AS v ON v.code = p.village
WHERE p.removed = 0 AND a.area_set = 'division' AND a.removed = 0;

-- A matter is named by a hash: enough to count 件 beside 件次, not enough to
-- look it up. The cell is of resolution 9, coarser than what is stored; H3
-- functions raise on 0 even where if() does not take their value, hence the
-- cell that stands in for it.
CREATE VIEW IF NOT EXISTS v_incidents AS
SELECT
    toDate(i.occurred_at, timezone()) AS day, toHour(i.occurred_at, timezone()) AS hour,
    toDate(i.reported_at, timezone()) AS reported_day,
    if(toUInt32(i.due_at) = 0, NULL, toDate(i.due_at, timezone())) AS due_day,
    if(toUInt32(i.closed_at) = 0, NULL, toDate(i.closed_at, timezone())) AS closed_day,
    i.category::String AS category, i.source::String AS source, i.channel::String AS channel, i.scale AS scale, i.urgency AS urgency, i.people AS people,
    i.first_unit::String AS first_unit, i.handling_unit::String AS handling_unit, i.resolver_level AS resolver_level, i.state AS state,
    if(i.matter_id = '', sipHash64(i.source, i.source_id), sipHash64(i.matter_id)) AS matter,
    if(i.cell = 0, '', h3ToString(h3ToParent(if(i.cell = 0, 621859095302438911, i.cell), 9))) AS cell,
    i.location_quality AS location_quality, i.area::String AS area,
    p.county AS county, p.township AS township, p.village AS village, p.grid AS grid,
    p.township_name AS township_name, p.village_name AS village_name
FROM (SELECT * FROM incidents FINAL LIMIT 1000000000000) AS i
LEFT JOIN v_areas AS p ON p.code = i.area;

CREATE VIEW IF NOT EXISTS v_daily AS
SELECT
    opened AS day, hour, if(closed = toDate(0), NULL, closed) AS closed_day, if(due = toDate(0), NULL, due) AS due_day, if(cell = 0, '', h3ToString(h3ToParent(if(cell = 0, 621859095302438911, cell), 9))) AS cell,
    county::String AS county, township::String AS township, village::String AS village, grid::String AS grid,
    category::String AS category, source::String AS source, channel::String AS channel, scale, urgency, resolver_level, state,
    first_report, n AS incidents, people
FROM (SELECT * FROM cube LIMIT 1000000000000);

CREATE VIEW IF NOT EXISTS v_levels AS
SELECT day, area, tier, level, since, score, body, body_zh, body_en, reason_zh, reason_en, policy::String AS policy, override != 0 AS overridden
FROM (SELECT * FROM levels FINAL LIMIT 1000000000000);

CREATE VIEW IF NOT EXISTS v_tips AS
SELECT
    t.id AS id, t.cause::String AS cause, t.day AS day, t.made_at AS made_at, t.answer_by AS answer_by, t.area AS area, t.tier AS tier,
    t.level AS level, t.score AS score, t.body AS body, t.body_zh AS body_zh, t.body_en AS body_en, e.acknowledged_at AS acknowledged_at
FROM (SELECT * FROM tips FINAL LIMIT 1000000000000) AS t
LEFT JOIN (SELECT tip, min(at)::Nullable(DateTime64(3, 'UTC')) AS acknowledged_at FROM tip_events WHERE kind = 'ack' GROUP BY tip) AS e ON e.tip = t.id;

CREATE VIEW IF NOT EXISTS v_forecasts AS
SELECT
    layer::String AS layer, resolution, category::String AS category, place, place_name, horizon::String AS horizon, day_from, day_to, expected, p_any, lo50, hi50, lo80, hi80, lo95, hi95,
    baseline, state::String AS state, verdict::String AS verdict, made_at
FROM (SELECT * FROM forecasts LIMIT 1000000000000) WHERE run IN (SELECT run FROM results FINAL);

CREATE VIEW IF NOT EXISTS v_warnings AS
SELECT
    layer::String AS layer, resolution, category::String AS category, method::String AS method, place, place_name, day_from, day_to, observed, expected, upper, p, p_adjusted,
    recurrence_years, reason_zh, reason_en, made_at
FROM (SELECT * FROM warnings LIMIT 1000000000000) WHERE run IN (SELECT run FROM results FINAL);

CREATE VIEW IF NOT EXISTS v_hotspots AS
SELECT
    layer::String AS layer, resolution, category::String AS category, method::String AS method, place, place_name, day_from, day_to, class::String AS class, incidents, observed, expected, strength,
    p_adjusted, population, raw_rate, smoothed_rate, made_at
FROM (SELECT * FROM hotspots LIMIT 1000000000000) WHERE run IN (SELECT run FROM results FINAL);

-- What became of the incidents of a month. 1970-01-01 in a course means never.
CREATE VIEW IF NOT EXISTS v_indicators AS
SELECT
    toStartOfMonth(opened) AS month, county::String AS county, township::String AS township, village::String AS village,
    category::String AS category, source::String AS source,
    count() AS registered, countIf(resolved > toDate(0)) AS resolved_ever, countIf(closed > toDate(0)) AS closed_now,
    countIf(due > toDate(0)) AS with_deadline, countIf(due > toDate(0) AND closed > toDate(0) AND closed <= due) AS closed_in_time,
    countIf(supervised > toDate(0)) AS supervised_ever, countIf(failed > toDate(0)) AS mediation_failed,
    countIf(relapsed > toDate(0)) AS relapsed_ever, countIf(skipped > toDate(0)) AS skipped_level,
    countIf(spilled > toDate(0)) AS spilled_over, countIf(sued > toDate(0)) AS went_to_court, sum(people) AS people_involved
FROM (SELECT * FROM courses LIMIT 1000000000000)
GROUP BY month, county, township, village, category, source;

CREATE VIEW IF NOT EXISTS v_dictionary AS
SELECT kind, code, zh, en FROM
(
    SELECT kind::String AS kind, code, zh, en, 1 AS rank FROM (SELECT * FROM dictionary_entries FINAL)
    UNION ALL
    SELECT kind, code, zh, en, 0 FROM values('kind String, code String, zh String, en String',
        ('category', 'family', '婚姻家庭', 'Marriage and family'),
        ('category', 'neighbour', '邻里纠纷', 'Neighbours'),
        ('category', 'housing', '房屋宅基地', 'Housing and homestead'),
        ('category', 'land', '山林土地', 'Land and forest'),
        ('category', 'expropriation', '征地拆迁', 'Expropriation and relocation'),
        ('category', 'wage', '拖欠农民工工资', 'Unpaid wages'),
        ('category', 'labour', '劳动争议', 'Labour'),
        ('category', 'contract', '合同', 'Contracts'),
        ('category', 'business', '生产经营', 'Production and business'),
        ('category', 'damages', '损害赔偿', 'Damages'),
        ('category', 'consumer', '消费', 'Consumers'),
        ('category', 'finance', '金融借贷', 'Lending and finance'),
        ('category', 'property', '物业', 'Property management'),
        ('category', 'environment', '环境污染', 'Environment'),
        ('category', 'medical', '医疗', 'Medical'),
        ('category', 'traffic', '道路交通事故', 'Road traffic accidents'),
        ('category', 'village_affairs', '村务管理', 'Village affairs'),
        ('category', 'civil_affairs', '民政', 'Civil affairs'),
        ('category', 'enforcement', '行政执法', 'Administrative enforcement'),
        ('category', 'litigation', '涉法涉诉', 'Law and litigation'),
        ('category', 'other', '其他', 'Other'),
        ('source', 'grid', '网格排查', 'Grid patrol'),
        ('source', 'mediation', '人民调解', 'People\'s mediation'),
        ('source', '12345', '12345热线', '12345 hotline'),
        ('source', 'petition', '信访', 'Petitions'),
        ('source', 'police', '非警情纠纷', 'Non-emergency police'),
        ('channel', 'patrol', '摸排录入', 'Patrol'),
        ('channel', 'report', '群众申报', 'Reported by residents'),
        ('channel', 'superior', '上级推送', 'Pushed from above'),
        ('channel', 'sensor', '物联网感知', 'Sensor'),
        ('channel', 'online', '网上受理', 'Online'),
        ('channel', '', '未注明', 'Not stated'),
        ('scale', '1', '个体性事件', 'Individual'),
        ('scale', '2', '一般群体性事件', 'Group'),
        ('scale', '3', '重大群体性事件', 'Large group'),
        ('scale', '0', '未注明', 'Not stated'),
        ('urgency', '1', '一般', 'Normal'),
        ('urgency', '2', '紧急', 'Urgent'),
        ('urgency', '3', '特急', 'Critical'),
        ('urgency', '0', '未注明', 'Not stated'),
        ('status', 'open', '未办结', 'Open'),
        ('status', 'closed', '已办结', 'Closed'),
        ('status', 'overdue', '超期', 'Overdue'),
        ('level', 'county', '县', 'County'),
        ('level', 'township', '乡镇', 'Township'),
        ('level', 'village', '村(社区)', 'Village'),
        ('level', 'grid', '网格', 'Grid'),
        ('state', '1', '录入', 'Registered'),
        ('state', '2', '交办', 'Assigned'),
        ('state', '3', '化解', 'Resolved'),
        ('state', '4', '回访', 'Visited'),
        ('state', '5', '销号', 'Cancelled'),
        ('state', '6', '再挂号', 'Reopened')
    )
)
ORDER BY kind, code, rank
LIMIT 1 BY kind, code;

-- Saved queries. template says how the result is shown; removed hides one.
CREATE TABLE IF NOT EXISTS sql_saved
(
    id         String,
    owner      String,
    name       String,
    note       String,
    sql        String CODEC(ZSTD(3)),
    parameters String,
    template   String,
    shared     UInt8,
    made_at    DateTime64(3, 'UTC'),
    version    UInt64,
    removed    UInt8 DEFAULT 0
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Runs of each analyst, for himself; the audit trail is another table.
CREATE TABLE IF NOT EXISTS sql_runs
(
    principal  String,
    at         DateTime64(3, 'UTC'),
    request_id String,
    sql        String CODEC(ZSTD(3)),
    parameters String,
    format     LowCardinality(String),
    took_ms    UInt32,
    rows       UInt64,
    code       LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (principal, at)
TTL toDateTime(at) + INTERVAL 190 DAY;
