"""How the page of a difference looks, beside what all pages share."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
.sides { display: grid; grid-template-columns: auto 1fr; gap: 2px 14px; margin: 14px 0 22px; }
.sides b { color: var(--soft); font-weight: 500; } .sides code { overflow-wrap: anywhere; }
.chips { display: flex; flex-wrap: wrap; gap: 8px; margin: 0 0 18px; }
.chip { border: 1px solid var(--line); border-radius: 99px; padding: 2px 12px; font-size: 14px;
  background: var(--panel); }
.added { --tone: var(--good); } .removed { --tone: var(--bad); }
.modified { --tone: var(--mark); } .moved { --tone: var(--cool); }
.sign { color: var(--tone); font-weight: 600; }
.asset td { min-width: 104px; } .asset td.sign { min-width: 0; }
.list { width: 100%; } .list td:first-child { width: 26px; }
.list td:last-child { white-space: nowrap; text-align: right; padding-right: 0;
  font-variant-numeric: tabular-nums; } .list a { text-decoration: none; }
.list a:hover { text-decoration: underline; }
.asset { border-top: 1px solid var(--line); margin-top: 40px; padding-top: 22px; }
.asset h2 { margin: 0 0 4px; display: block; overflow-wrap: anywhere; }
.asset h2 small { color: var(--soft); font-weight: 400; font-size: 15px; display: block; }
.told { display: flex; flex-wrap: wrap; gap: 4px 20px; align-items: baseline; color: var(--soft);
  margin: 0 0 14px; font-size: 15px; }
.told b { color: var(--tone); font-size: 17px; font-variant-numeric: tabular-nums; }
.bar { height: 5px; border-radius: 3px; background: var(--line); margin: 0 0 16px;
  overflow: hidden; max-width: 420px; }
.bar i { display: block; height: 100%; min-width: 2px; background: var(--mark); }
.pictures { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 14px;
  margin: 10px 0 16px; align-items: start; }
.pictures img { display: block; width: 100%; height: auto; max-height: 560px;
  object-fit: contain; }
.crisp img { image-rendering: pixelated; }
.pair { --at: 50%; } .pair label { font-size: 14px; color: var(--soft); cursor: pointer; }
.slide { display: none; width: calc(66.7% - 5px); accent-color: var(--mark); margin: 10px 0 0; }
.over:checked ~ .slide { display: block; }
.over:checked ~ .pictures { grid-template-columns: minmax(0, 2fr) minmax(0, 1fr); }
.over:checked ~ .pictures .before, .over:checked ~ .pictures .after { grid-area: 1 / 1; }
.over:checked ~ .pictures img { max-height: none; }
.over:checked ~ .pictures .after { background: none; position: relative; }
.over:checked ~ .pictures .after .frame { clip-path: inset(0 0 0 var(--at)); }
.over:checked ~ .pictures .after figcaption { text-align: right; }
.over:checked ~ .pictures .before { position: relative; }
.over:checked ~ .pictures .before::after { content: ""; position: absolute; z-index: 3; top: 0;
  bottom: 0; left: var(--at); width: 2px; background: var(--mark); }
.notes { margin: 0 0 14px; padding: 0 0 0 18px; color: var(--soft); font-size: 14px; }
h3 { font-size: 15px; margin: 18px 0 4px; font-weight: 600; }
h3 small { color: var(--soft); font-weight: 400; }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--soft);
  margin: 0 0 8px; }
.key i { display: inline-block; width: 46px; height: 9px; border-radius: 3px; margin-right: 6px; }
.heat { background: linear-gradient(90deg, #701038, #d63030, #fa941e, #ffde5a); }
.faint { background: #4678be; }
@media (max-width: 700px) {
  .pictures { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; }
  .pictures .difference { grid-column: 1 / -1; }
  .pictures .only { grid-column: 1 / -1; }
  .slide { width: 100%; }
  .over:checked ~ .pictures { grid-template-columns: minmax(0, 1fr); }
  td, th { padding-right: 10px; } }
"""
