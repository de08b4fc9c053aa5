// The style sheet of the HTML report: one page, light and dark, screen and paper.

/** CSS without any reference to a file; its hash stands in the page's security policy. */
export const style = `
:root{color-scheme:light dark;--paper:#f7f8f6;--card:#fff;--ink:#15212a;--quiet:#566570;--line:#dfe4e2;
--track:#e6ebe9;
--accent:#0a6b6b;--soft:#a9d3ce;--base:#93a1a9;--bad:#ad3f17;--bad-card:#fcf3ee;--bad-line:#efd3c5;
--good:#2b7a4b;
--sans:Inter,ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
--mono:ui-monospace,"SF Mono","Cascadia Code",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{--paper:#0d1417;--card:#141d21;--ink:#e6edef;--quiet:#9aabb3;
--line:#25323a;
--track:#263238;--accent:#5ccabf;--soft:#20595a;--base:#71828b;--bad:#f3966c;--bad-card:#231a15;
--bad-line:#4a3023;--good:#6cc48f}}
@media (forced-colors:active){:root{--paper:Canvas;--card:Canvas;--ink:CanvasText;--quiet:CanvasText;
--line:CanvasText;--track:GrayText;--accent:Highlight;--soft:Highlight;--base:GrayText;--bad:CanvasText;
--bad-card:Canvas;--bad-line:CanvasText;--good:CanvasText}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 var(--sans);
font-variant-ligatures:no-contextual;font-variant-numeric:tabular-nums}
.skip{position:absolute;left:1rem;top:1rem;z-index:1;padding:.5rem .9rem;border-radius:8px;
background:var(--card);color:var(--ink);border:1px solid var(--line)}
.skip:not(:focus){clip-path:inset(50%);width:1px;height:1px;padding:0;overflow:hidden;white-space:nowrap}
main:focus{outline:none}
main,header,footer{max-width:70rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:3.5rem}
.brand{display:flex;align-items:center;gap:.6rem;margin:0 0 2.2rem;color:var(--quiet);font-size:.9rem}
.brand svg{width:2.1rem;height:1.05rem;color:var(--accent)}
.brand b{color:var(--ink);font-weight:600}
h1{margin:0;font-size:clamp(1.9rem,5vw,3rem);line-height:1.1;letter-spacing:-.028em;font-weight:650;
overflow-wrap:anywhere}
.lede{max-width:44rem;margin:1.1rem 0 0;font-size:clamp(1.05rem,2.1vw,1.25rem);line-height:1.5;
color:var(--quiet);text-wrap:pretty}
h2{margin:4rem 0 1.2rem;font-size:1.35rem;line-height:1.25;letter-spacing:-.014em;font-weight:620}
h3{margin:0 0 .9rem;font-size:.95rem;font-weight:600}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(14.5rem,1fr));gap:1rem;margin:2.6rem 0 0;
padding:0;list-style:none}
.tile{padding:1.3rem 1.4rem 1.2rem;background:var(--card);border:1px solid var(--line);border-radius:14px}
.tile p{margin:0}
.figure{font-variant-numeric:proportional-nums;font-size:2.75rem;line-height:1.05;letter-spacing:-.035em;
font-weight:650}
.word{margin-top:.15rem;font-weight:600}
.tile.bad .figure,.tile.bad .word{color:var(--bad)}
.gauge{display:block;margin:.95rem 0 .55rem}
.note{font-size:.86rem;line-height:1.45;color:var(--quiet)}
svg{overflow:visible}
.track{fill:var(--track)}
.gauge .bar{fill:var(--accent)}
.bad .gauge .bar{fill:var(--bad)}
.gauge .mark{stroke:var(--ink);stroke-width:1.5}
.alert{margin:1.4rem 0 0;padding:1.1rem 1.4rem 1.2rem;background:var(--bad-card);
border:1px solid var(--bad-line);border-radius:14px}
.alert h2{margin:0 0 .5rem;font-size:1rem;color:var(--bad);letter-spacing:0}
.alert ul{margin:0;padding-left:1.1rem;font-size:.95rem}
.alert li{margin:.25rem 0}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:1rem}
.parts{display:block;columns:2 25rem}.parts figure{break-inside:avoid;margin-bottom:1rem}
.chart:last-child:nth-child(odd){grid-column:1/-1}
.chart{margin:0;padding:1.3rem 1.5rem 1.1rem;background:var(--card);border:1px solid var(--line);
border-radius:14px;min-width:0;container-type:inline-size}
@container (max-width:27rem){.chart .detail{display:none}}
.chart svg{display:block}
.chart text{font:400 13px/1 var(--sans);fill:var(--ink)}
.chart .value{text-anchor:end;font-weight:600}
.chart .detail{fill:var(--quiet);font-weight:400}
.chart .tick{font-size:11.5px;fill:var(--quiet)}
.chart .bar,.chart .outer{fill:var(--soft)}
.chart .inner{fill:var(--accent)}
.chart circle{fill:var(--accent);stroke:var(--card);stroke-width:2}
.chart .whisker{stroke:var(--ink);stroke-width:1.5;opacity:.75}
.chart .reference{stroke:var(--quiet);stroke-width:1.5}
.chart .teacher .bar,.chart .teacher .outer{fill:var(--base);opacity:.55}
.chart .teacher .inner{fill:var(--base)}
.chart .teacher circle{fill:var(--base)}
.chart .final .bar{fill:var(--accent)}
.chart .final text:first-child{font-weight:600}
.chart g.worse .bar{fill:var(--bad)}
.chart g.better .bar{fill:var(--good)}
figcaption{margin-top:.8rem;font-size:.86rem;line-height:1.45;color:var(--quiet)}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:14px;
margin:0 0 1rem}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.say{max-width:44rem;margin:0 0 1.2rem;color:var(--quiet);font-size:.95rem}
table{width:100%;border-collapse:collapse;font-size:.9rem}
caption{padding:1.1rem 1.25rem .5rem;text-align:left;font-weight:600;font-size:.95rem}
th,td{padding:.55rem .6rem;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
th:first-child,td:first-child{padding-left:1.25rem}
th:last-child,td:last-child{padding-right:1.25rem}
thead th{border-top:0;font-weight:500;font-size:.82rem;color:var(--quiet);vertical-align:bottom;
line-height:1.3}
thead button{--way:"\\2195";position:relative;margin:0 -1.1em 0 0;padding:.3rem 1.1em .3rem 0;border:0;border-radius:3px;
background:none;color:inherit;font:inherit;text-align:inherit;line-height:inherit;cursor:pointer}
thead [aria-sort=ascending] button{--way:"\\2191"}
thead [aria-sort=descending] button{--way:"\\2193"}
thead button:hover,[aria-sort] button{color:var(--ink)}
[aria-sort] button{font-weight:650}
thead button::after{position:absolute;right:0;bottom:.3rem;width:1em;text-align:center}
thead .number button{margin:0 0 0 -1.1em;padding:.3rem 0 .3rem 1.1em}
thead .number button::after{right:auto;left:0}
thead :is(button:hover,button:focus-visible,[aria-sort] button)::after{content:var(--way);content:var(--way)/""}
tbody th{font-weight:600}
.number{text-align:right;white-space:nowrap}
thead .number{white-space:normal}
.stages tbody th{white-space:nowrap}
.words td{overflow-wrap:anywhere;min-width:9rem}
tr.final th,tr.final td{background:color-mix(in srgb,var(--accent) 9%,var(--card))}
details{background:var(--card);border:1px solid var(--line);border-radius:14px;margin:0 0 .6rem}
summary{padding:.85rem 1.25rem;cursor:pointer;font-weight:600}
summary span{font-weight:400;color:var(--quiet);margin-left:.5rem}
details .scroll{border-width:1px 0 0;border-radius:0 0 14px 14px;margin:0}
.params{margin:0;padding:0 1.25rem .9rem;color:var(--quiet);font:.84rem/1.5 var(--mono);
overflow-wrap:anywhere}
.how{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1.2rem 2.4rem;
margin:0 0 1.8rem}
.how dt{font-weight:600;font-size:.95rem}
.how dd{margin:.15rem 0 0;color:var(--quiet);font-size:.92rem}
pre{margin:0;padding:1.2rem 1.4rem;overflow-x:auto;background:var(--card);border:1px solid var(--line);
border-radius:14px;font:.84rem/1.6 var(--mono)}
footer{padding-top:2.5rem;padding-bottom:3.5rem;color:var(--quiet);font-size:.86rem;overflow-wrap:anywhere}
@media (max-width:40rem){main,header,footer{padding-left:1rem;padding-right:1rem}header{padding-top:1.8rem}
.brand{margin-bottom:1.4rem}
.tiles{gap:.7rem}.tile{display:grid;grid-template-columns:auto 1fr;column-gap:.6rem;align-items:baseline;
padding:1rem 1.1rem}
.gauge,.note{grid-column:1/-1}.gauge{margin:.7rem 0 .5rem}h2{margin-top:2.8rem}.chart{
padding:1.1rem 1.1rem 1rem}.figure{font-size:2.1rem}
.stages tbody th,.stages thead th:first-child{position:sticky;left:0;background:var(--card);
box-shadow:1px 0 0 var(--line);max-width:9.5rem;white-space:normal}
tr.final th{background:color-mix(in srgb,var(--accent) 9%,var(--card))}
.words table{font-size:.84rem}.words :is(td,th){padding:.5rem .4rem}
.words table:not(:has(th:nth-child(4))){table-layout:fixed}
.words table:not(:has(th:nth-child(4))) :is(td,th){min-width:0;overflow-wrap:anywhere}
.words :is(td,th):first-child{padding-left:1.1rem}.words :is(td,th):last-child{padding-right:1.1rem}}
@page{margin:14mm}
@media print{main,header,footer{max-width:none;padding-left:0;padding-right:0}
.skip{display:none}.tiles{grid-template-columns:repeat(4,1fr);gap:.6rem}.tile{padding:.9rem}.figure{font-size:2rem}
.charts{grid-template-columns:1fr 1fr;gap:.6rem}.stages{break-inside:avoid}h2{margin-top:2.2rem}
thead button{margin:0!important;padding:0!important;font-weight:500;color:inherit}
thead th button::after{content:none!important}
details::details-content{content-visibility:visible;display:block;block-size:auto}
.stages tbody th,.stages thead th:first-child{position:static}
:root{--paper:#fff;--card:#fff;--ink:#000;--quiet:#444;--line:#bbb;--track:#ddd;
--accent:#0a6b6b;--soft:#a9d3ce;--base:#888;--bad:#8f3412;--bad-card:#fff;--bad-line:#8f3412;--good:#2b7a4b}
body{font-size:10.5pt}header{padding-top:0}.tile,.chart,.alert,tr{break-inside:avoid}h2,h3,caption{
break-after:avoid}
.scroll{overflow:visible}table{font-size:7.5pt}thead th{font-size:7pt}caption{font-size:9pt}.number,.stages tbody th{white-space:normal}th,td{padding:.25rem .2rem}
th:first-child,td:first-child{padding-left:.7rem}th:last-child,td:last-child{padding-right:.7rem}
.words td{min-width:0}pre{white-space:pre-wrap}svg *{
print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
