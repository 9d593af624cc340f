using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources.Warnings;

/// <summary>Fields of a retry that say what is tried again where nothing is.</summary>
internal static class RetryFieldsInVain
{
    public static void Find(Findings findings, string path, Retry? retry)
    {
        if (retry is null)
        {
            return;
        }

        if (retry is { HasMaxAttempts: true, MaxAttempts: 1 })
        {
            AddIf(retry.Codes.Count > 0, ".codes");
            AddIf(retry.HttpStatuses.Count > 0, ".http_statuses");
            AddIf(retry.Methods.Count > 0, ".methods");
        }
        else if (retry is { Methods.Count: > 0, Codes.Count: 0, HttpStatuses.Count: 0 })
        {
            findings.Add(
                path + ".methods", "has no effect because codes and http_statuses are missing: nothing is tried again by what was answered");
        }

        void AddIf(bool isGiven, string field)
        {
            if (isGiven)
            {
                findings.Add(path + field, "has no effect because of max_attempts: 1, which tries nothing again that was answered");
            }
        }
    }
}
