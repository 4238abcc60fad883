#include "replay_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace sw::tool {
namespace {

constexpr sw_source kSources = SW_SOURCE_DISK + 1;

struct Summary {
  double mean = 0;
  uint32_t p50 = 0, p90 = 0, p99 = 0, max = 0;
};

Summary summary_of(std::vector<uint32_t> values) {
  Summary s;
  if (values.empty()) return s;
  std::sort(values.begin(), values.end());
  for (const uint32_t v : values) s.mean += v;
  s.mean /= static_cast<double>(values.size());
  const auto at = [&](double share) {
    const double rank = std::ceil(share * static_cast<double>(values.size())) - 1;
    return values[static_cast<size_t>(std::max(rank, 0.0))];
  };
  s.p50 = at(0.50);
  s.p90 = at(0.90);
  s.p99 = at(0.99);
  s.max = values.back();
  return s;
}

template <class... Args>
std::string printed(const char* format, Args... args) {
  char line[512];
  std::snprintf(line, sizeof line, format, args...);
  return line;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += c;
    }
  }
  return out;
}

// The plot: 1 to 100,000 tokens against 1 to 1/100,000 of the edits.
constexpr double kLeft = 70, kTop = 50, kWidth = 620, kHeight = 330, kDecades = 5;
constexpr const char* kColours[] = {"#2563eb", "#dc2626", "#d97706", "#059669", "#7c3aed", "#0891b2", "#be185d", "#4b5563"};

double x_at(double tokens) { return kLeft + kWidth * std::clamp(std::log10(std::max(tokens, 1.0)) / kDecades, 0.0, 1.0); }
double y_at(double share) { return kTop + kHeight * std::clamp(-std::log10(std::max(share, 1e-9)) / kDecades, 0.0, 1.0); }

std::string curve(std::vector<uint32_t> values, const char* colour) {
  std::sort(values.begin(), values.end());
  const double n = static_cast<double>(values.size());
  std::string points;
  for (double x = 0; x <= kDecades; x += 0.01) {
    const double tokens = std::pow(10, x);
    const auto above = values.end() - std::upper_bound(values.begin(), values.end(), static_cast<uint32_t>(tokens));
    if (above == 0) break;
    points += printed("%.1f,%.1f ", x_at(tokens), y_at(static_cast<double>(above) / n));
  }
  return "<polyline fill=\"none\" stroke=\"" + std::string(colour) + "\" stroke-width=\"2\" points=\"" + points + "\"/>\n";
}

std::string grid() {
  std::string out;
  for (int i = 0; i <= static_cast<int>(kDecades); ++i) {
    const double x = kLeft + kWidth * i / kDecades, y = kTop + kHeight * i / kDecades;
    out += printed("<path class=\"g\" d=\"M%.0f %.0fV%.0fM%.0f %.0fH%.0f\"/>\n", x, kTop, kTop + kHeight, kLeft, y, kLeft + kWidth);
    out += printed("<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">%.0f</text>\n", x, kTop + kHeight + 18, std::pow(10, i));
    out += printed("<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"end\">%g %%</text>\n", kLeft - 8, y + 4, 100 * std::pow(10, -i));
  }
  return out;
}

}  // namespace

Json replay_json(const std::vector<ReplayResult>& results, const ReplayOptions& options, const std::string& trace) {
  Json json;
  json["trace"] = trace;
  json["budget_states"] = options.budget_states;
  json["suffix_window"] = options.suffix_window;
  if (!options.layout.empty()) {
    json["layout"] = options.layout;
    json["prefix_window"] = options.prefix_window;
    json["context_tokens"] = options.context_tokens;
  }
  json["idle_tok_s"] = options.idle_tok_s;
  json["buffers"] = options.n_buffers;
  json["exact"] = options.exact;
  for (const ReplayResult& r : results) {
    const Summary s = summary_of(r.rerun);
    Json one;
    one["policy"] = r.policy;
    one["edits"] = r.rerun.size();
    if (!options.layout.empty()) one["split"] = r.n_split;
    one["rerun"] = {{"mean", s.mean}, {"p50", s.p50}, {"p90", s.p90}, {"p99", s.p99}, {"max", s.max}};
    for (sw_source i = 0; i < kSources; ++i) one["resumed_from"][source_name(i)] = r.store.prompts[i];
    one["missed"] = {{"unknown", r.store.missed_unknown}, {"evicted", r.store.missed_evicted}, {"policy", r.store.missed_policy}};
    one["tokens_idle"] = r.store.tokens_idle;
    one["tokens_replayed"] = r.store.tokens_replayed;
    one["kept_state_bytes"] = r.kept_bytes;
    one["peak_bytes"] = {{"host", r.store.bytes_peak}, {"disk", r.store.disk_bytes}};
    one["bytes_max"] = r.store.bytes_max;
    one["states_evicted"] = r.store.states_evicted;
    one["restarts"] = r.n_restarts;
    one["seconds"] = r.seconds;
    if (options.exact) {
      one["compared"] = r.n_compared;
      one["compared_from_start"] = r.n_from_start;
      one["differing_states"] = r.differing_states;
      one["differing_logits"] = r.differing_logits;
    }
    json["policies"].push_back(std::move(one));
  }
  return json;
}

std::string replay_table(const std::vector<ReplayResult>& results, const ReplayOptions& options) {
  std::string out = printed("%-14s %8s %10s %6s %6s %7s %8s %12s %8s\n", "policy", "edits", "mean", "p50", "p90", "p99", "max",
                            "peak states", "seconds");
  for (const ReplayResult& r : results) {
    const Summary s = summary_of(r.rerun);
    const double states = static_cast<double>(r.store.bytes_peak) / static_cast<double>(r.kept_bytes);
    out += printed("%-14s %8zu %10.1f %6u %6u %7u %8u %12.1f %8.1f\n", r.policy.c_str(), r.rerun.size(), s.mean, s.p50, s.p90, s.p99,
                   s.max, states, r.seconds);
  }
  for (const ReplayResult& r : results) {
    out += "\n" + r.policy + ": resumed from";
    for (sw_source i = 0; i < kSources; ++i) {
      if (r.store.prompts[i] > 0) out += printed(" %s %llu,", source_name(i), static_cast<unsigned long long>(r.store.prompts[i]));
    }
    out.back() = '\n';
    if (options.exact) {
      out += printed("%zu states and logits compared with cold ones (%zu run from the first token): %zu states and %zu logits differ\n",
                     r.n_compared, r.n_from_start, r.differing_states, r.differing_logits);
    }
  }
  return out;
}

std::string replay_plot(const std::vector<ReplayResult>& results, const std::string& title) {
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 440\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<style>svg{background:#fff}text{fill:#1f2937}.g{stroke:#e5e7eb;fill:none}"
      "@media(prefers-color-scheme:dark){svg{background:#111827}text{fill:#e5e7eb}.g{stroke:#374151}}</style>\n";
  svg += printed("<text x=\"%.0f\" y=\"24\" font-size=\"15\">Edits that re-run more than so many tokens: ", kLeft) +
         escaped(title.substr(title.rfind('/') + 1)) + "</text>\n";
  svg += grid();
  svg += printed("<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">tokens</text>\n", kLeft + kWidth / 2, kTop + kHeight + 40);
  for (size_t i = 0; i < results.size(); ++i) {
    const char* colour = kColours[i % std::size(kColours)];
    const double y = kTop + 18 + 18 * static_cast<double>(i), x = kLeft + kWidth - 190;
    svg += curve(results[i].rerun, colour);
    svg += printed("<path d=\"M%.0f %.0fh24\" stroke=\"%s\" stroke-width=\"3\"/>", x, y - 4, colour);
    svg += printed("<text x=\"%.0f\" y=\"%.0f\">", x + 32, y) + escaped(results[i].policy) +
           printed(", mean %.1f</text>\n", summary_of(results[i].rerun).mean);
  }
  return svg + "</svg>\n";
}

}  // namespace sw::tool
